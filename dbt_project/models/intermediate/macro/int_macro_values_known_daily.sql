with

headlines as (

    select * from {{ ref('int_macro_headlines_stepped') }}

),

daily_bars as (

    select * from {{ ref('int_daily_bars_selected') }}

),

session_dates as (

    select distinct session_date
    from daily_bars

),

series as (

    -- Read apart from `headlines`: a CTE that is read twice loses the index of its table.
    select distinct series_id
    from {{ ref('int_macro_headlines_stepped') }}

),

final as (

    select
        series.series_id,
        session_dates.session_date,
        known.value,
        known.observation_date,
        known.release_date
    from session_dates
    cross join series
    cross join lateral (
        select
            headlines.value,
            headlines.observation_date,
            headlines.release_date
        from headlines
        where
            headlines.series_id = series.series_id
            and headlines.release_date <= session_dates.session_date
        order by headlines.release_date desc
        limit 1
    ) as known

)

select * from final
