with

coin_markets as (

    select * from {{ ref('stg_coingecko__coin_markets') }}

),

provider_symbols as (

    select * from {{ ref('int_provider_symbols_mapped') }}

),

final as (

    select
        provider_symbols.instrument_id,
        coin_markets.coingecko_id,
        coin_markets.coin_symbol,
        coin_markets.snapshot_at,
        coin_markets.price,
        coin_markets.market_cap,
        coin_markets.market_cap_rank,
        coin_markets.fully_diluted_valuation,
        coin_markets.volume_24h,
        coin_markets.high_24h_price,
        coin_markets.low_24h_price,
        coin_markets.price_change_24h,
        coin_markets.price_change_24h_pct,
        coin_markets.market_cap_change_24h,
        coin_markets.market_cap_change_24h_pct,
        coin_markets.circulating_supply,
        coin_markets.total_supply,
        coin_markets.maximum_supply,
        coin_markets.all_time_high_price,
        coin_markets.all_time_high_change_pct,
        coin_markets.all_time_high_at,
        coin_markets.all_time_low_price,
        coin_markets.all_time_low_change_pct,
        coin_markets.all_time_low_at,
        coin_markets.request_id,
        coin_markets.response_id,
        coin_markets.fetched_at,
        coin_markets.is_synthetic
    from coin_markets
    inner join provider_symbols
        on
            coin_markets.coingecko_id = provider_symbols.provider_symbol
            and provider_symbols.provider = 'coingecko'
    where coin_markets.quote_currency = 'usd'

)

select * from final
