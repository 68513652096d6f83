with

observations as (

    select * from {{ source('fred', 'observations') }}

),

newest as (

    -- Named as what is selected, so that a condition on them reaches the table.
    select distinct on (fred_series_id, observation_date, realtime_start_date)
        series_id as fred_series_id,
        cast(date as date) as observation_date,
        cast(realtime_start as date) as realtime_start_date,
        cast(realtime_end as date) as realtime_end_date,
        cast(nullif(trim(value), '.') as double precision) as value,
        request_id,
        response_id,
        fetched_at,
        is_synthetic
    from observations
    order by
        fred_series_id, observation_date, realtime_start_date, fetched_at desc, request_id desc

),

compared as (

    select
        newest.*,
        coalesce(
            value is distinct from lag(value) over vintages
            or realtime_start_date > lag(realtime_end_date) over vintages + 1,
            true
        ) as is_new_vintage
    from newest
    window vintages as (
        partition by fred_series_id, observation_date order by realtime_start_date
    )

),

numbered as (

    -- A request for a window of release dates cuts the vintages at its edges: a piece that goes on
    -- where the one before it ends, with the same value, is the same vintage.
    select
        compared.*,
        count(*) filter (where is_new_vintage) over earlier_vintages as piece_of
    from compared
    window earlier_vintages as (
        partition by fred_series_id, observation_date
        order by realtime_start_date
        rows between unbounded preceding and current row
    )

),

stitched as (

    select distinct on (fred_series_id, observation_date, piece_of)
        numbered.*,
        last_value(realtime_end_date) over pieces as last_realtime_end_date
    from numbered
    window
        pieces as (
            partition by fred_series_id, observation_date, piece_of
            order by realtime_start_date
            rows between unbounded preceding and unbounded following
        )
    order by fred_series_id, observation_date, piece_of, realtime_start_date

),

final as (

    select
        fred_series_id,
        observation_date,
        realtime_start_date,
        last_realtime_end_date as realtime_end_date,
        value,
        request_id,
        response_id,
        fetched_at,
        is_synthetic
    from stitched

)

select * from final
