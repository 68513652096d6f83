with

vintages as (

    select * from {{ ref('int_macro_vintages_unioned') }}

),

dated as (

    -- What came without a vintage counts from the day of its fetch.
    select
        series_id,
        observation_date,
        value,
        known_from,
        coalesce(release_date, cast(known_from at time zone 'America/Chicago' as date))
            as release_date
    from vintages

),

releases as (

    -- Of one release day only the newest observation can be the headline.
    select distinct on (series_id, release_date)
        series_id,
        release_date,
        observation_date,
        value
    from dated
    where value is not null
    order by series_id, release_date, observation_date desc, known_from desc

),

compared as (

    select
        releases.*,
        max(observation_date) over earlier_releases as newest_observation_date
    from releases
    window earlier_releases as (
        partition by series_id
        order by release_date
        rows between unbounded preceding and current row
    )

),

final as (

    -- A later revision of an older observation leaves the headline alone.
    select
        series_id,
        release_date,
        observation_date,
        value
    from compared
    where observation_date = newest_observation_date

)

select * from final
