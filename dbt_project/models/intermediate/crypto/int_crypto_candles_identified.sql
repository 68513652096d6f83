with

candles as (

    select * from {{ ref('stg_coingecko__ohlc') }}

),

provider_symbols as (

    select * from {{ ref('int_provider_symbols_mapped') }}

),

final as (

    select
        provider_symbols.instrument_id,
        -- CoinGecko chooses the length of a candle from the days asked for.
        case
            when candles.window_days <= 2 then '30min'
            when candles.window_days <= 30 then '4h'
            else '4d'
        end as candle_interval,
        candles.coingecko_id,
        candles.window_days,
        candles.candle_close_at,
        candles.open_price,
        candles.high_price,
        candles.low_price,
        candles.close_price,
        candles.is_final,
        candles.request_id,
        candles.response_id,
        candles.fetched_at,
        candles.is_synthetic
    from candles
    inner join provider_symbols
        on
            candles.coingecko_id = provider_symbols.provider_symbol
            and provider_symbols.provider = 'coingecko'
    where candles.quote_currency = 'usd'

)

select * from final
