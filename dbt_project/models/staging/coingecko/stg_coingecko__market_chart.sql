with

market_chart as (

    select * from {{ source('coingecko', 'market_chart') }}

),

midnight_points as (

    -- The last point of a daily chart is "now", an instant of its own: it never becomes a day.
    select
        market_chart.*,
        {{ instant_from_epoch('timestamp_ms') }} at time zone 'UTC' as closed_at_utc
    from market_chart
    where cast(timestamp_ms as bigint) % 86400000 = 0

),

final as (

    select
        coin_id as coingecko_id,
        vs_currency as quote_currency,
        -- 00:00 is the start of a day, so the price there is the close of the day before.
        cast(closed_at_utc as date) - 1 as session_date,
        cast(price as double precision) as close_price,
        cast(market_cap as double precision) as market_cap,
        cast(total_volume as double precision) as volume,
        request_id,
        response_id,
        fetched_at,
        _dlt_load_id as load_id,
        is_synthetic
    from midnight_points
    where interval = 'daily'

)

select * from final
