with

release_dates as (

    select * from {{ ref('stg_fred__release_dates') }}

),

series_releases as (

    select * from {{ ref('stg_fred__series_releases') }}

),

vintages as (

    select * from {{ ref('int_macro_vintages_unioned') }}

),

fetches as (

    select * from {{ ref('int_macro_fetches_dated') }}

),

releases as (

    select
        release_id,
        max(release_name) as release_name
    from series_releases
    group by release_id

),

published as (

    select
        series_releases.release_id,
        vintages.release_date,
        count(distinct vintages.series_id) as series_count,
        count(*) filter (where vintages.is_first_release) as new_value_count,
        count(*) filter (where vintages.revision is not null) as revised_value_count
    from vintages
    inner join series_releases
        on vintages.series_id = series_releases.fred_series_id
    where vintages.release_date is not null and vintages.value is not null
    group by series_releases.release_id, vintages.release_date

),

days as (

    select
        coalesce(release_dates.release_id, published.release_id) as release_id,
        coalesce(release_dates.release_date, published.release_date) as release_date,
        release_dates.fetched_at as first_heard_at,
        cast(release_dates.fetched_at at time zone 'America/Chicago' as date)
        < release_dates.release_date as was_announced,
        coalesce(published.series_count, 0) as series_count,
        coalesce(published.new_value_count, 0) as new_value_count,
        coalesce(published.revised_value_count, 0) as revised_value_count,
        coalesce(release_dates.is_synthetic, false) as is_synthetic
    from release_dates
    full outer join published
        on
            release_dates.release_id = published.release_id
            and release_dates.release_date = published.release_date

),

final as (

    select
        days.release_id,
        days.release_date,
        releases.release_name,
        case
            when days.series_count > 0 then 'published'
            -- On the day itself the values may still come.
            when days.release_date >= fetches.last_fetch_date then 'announced'
            when days.was_announced then 'moved'
            else 'without_values'
        end as status,
        days.series_count,
        days.new_value_count,
        days.revised_value_count,
        days.first_heard_at,
        days.is_synthetic
    from days
    cross join fetches
    -- A release of no series of ours has days in raw, where an answer once named it by mistake.
    inner join releases
        on days.release_id = releases.release_id

)

select * from final
