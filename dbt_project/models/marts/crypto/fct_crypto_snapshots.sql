with

coin_markets as (

    select * from {{ ref('int_coin_markets_identified') }}

),

dominance as (

    select * from {{ ref('int_coin_dominance_measured') }}

),

instruments as (

    select * from {{ ref('dim_instruments') }}

),

final as (

    select
        coin_markets.instrument_id,
        instruments.symbol,
        coin_markets.snapshot_at,
        coin_markets.market_cap_rank,
        coin_markets.price,
        coin_markets.market_cap,
        dominance.dominance_pct,
        dominance.total_market_cap,
        coin_markets.fully_diluted_valuation,
        coin_markets.volume_24h,
        coin_markets.high_24h_price,
        coin_markets.low_24h_price,
        coin_markets.price_change_24h_pct,
        coin_markets.market_cap_change_24h_pct,
        coin_markets.circulating_supply,
        coin_markets.total_supply,
        coin_markets.maximum_supply,
        coin_markets.all_time_high_price,
        coin_markets.all_time_low_price,
        coin_markets.is_synthetic,
        dominance.total_at,
        coin_markets.all_time_high_at,
        coin_markets.all_time_low_at,
        coin_markets.fetched_at as known_from,
        coin_markets.response_id
    from coin_markets
    inner join instruments
        on coin_markets.instrument_id = instruments.instrument_id
    left join dominance
        on
            coin_markets.instrument_id = dominance.instrument_id
            and coin_markets.snapshot_at = dominance.snapshot_at

)

select * from final
