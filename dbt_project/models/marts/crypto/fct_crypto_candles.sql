with

candles as (

    select * from {{ ref('int_crypto_candles_identified') }}

),

instruments as (

    select * from {{ ref('dim_instruments') }}

),

final as (

    -- The same candle can be asked for within windows of several lengths: the newest answer stays.
    select distinct on (candles.instrument_id, candles.candle_interval, candles.candle_close_at)
        candles.instrument_id,
        instruments.symbol,
        candles.candle_interval,
        candles.candle_close_at,
        candles.open_price,
        candles.high_price,
        candles.low_price,
        candles.close_price,
        candles.is_final as is_complete,
        candles.is_synthetic,
        candles.fetched_at as known_from,
        candles.response_id
    from candles
    inner join instruments
        on candles.instrument_id = instruments.instrument_id
    order by
        candles.instrument_id,
        candles.candle_interval,
        candles.candle_close_at,
        candles.fetched_at desc,
        candles.window_days

)

select * from final
