with

global as (

    select * from {{ source('coingecko', 'global') }}

),

newest as (

    select distinct on (updated_at) global.*
    from global
    order by updated_at, fetched_at desc, request_id desc

),

final as (

    select
        to_timestamp(cast(updated_at as double precision)) as snapshot_at,
        cast(active_cryptocurrencies as integer) as active_coin_count,
        cast(markets as integer) as market_count,
        cast(cast(total_market_cap as jsonb) ->> 'usd' as double precision) as market_cap_usd,
        cast(cast(total_volume as jsonb) ->> 'usd' as double precision) as volume_24h_usd,
        cast(cast(market_cap_percentage as jsonb) ->> 'btc' as double precision)
            as bitcoin_dominance_pct,
        cast(cast(market_cap_percentage as jsonb) ->> 'eth' as double precision)
            as ethereum_dominance_pct,
        cast(market_cap_percentage as jsonb) as dominance_pct_by_coin,
        cast(market_cap_change_percentage_24h_usd as double precision)
            as market_cap_change_24h_pct,
        request_id,
        response_id,
        fetched_at,
        is_synthetic
    from newest

)

select * from final
