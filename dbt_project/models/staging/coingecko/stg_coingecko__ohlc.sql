with

ohlc as (

    select * from {{ source('coingecko', 'ohlc') }}

),

newest as (

    select distinct on (coin_id, vs_currency, days, timestamp_ms) ohlc.*
    from ohlc
    order by coin_id, vs_currency, days, timestamp_ms, fetched_at desc, request_id desc

),

final as (

    select
        coin_id as coingecko_id,
        vs_currency as quote_currency,
        cast(days as integer) as window_days,
        {{ instant_from_epoch('timestamp_ms') }} as candle_close_at,
        cast(open as double precision) as open_price,
        cast(high as double precision) as high_price,
        cast(low as double precision) as low_price,
        cast(close as double precision) as close_price,
        is_final,
        request_id,
        response_id,
        fetched_at,
        is_synthetic
    from newest

)

select * from final
