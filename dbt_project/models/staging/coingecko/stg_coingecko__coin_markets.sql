with

coin_markets as (

    select * from {{ source('coingecko', 'coin_markets') }}

),

newest as (

    select distinct on (id, vs_currency, last_updated) coin_markets.*
    from coin_markets
    order by id, vs_currency, last_updated, fetched_at desc, request_id desc

),

final as (

    select
        id as coingecko_id,
        vs_currency as quote_currency,
        cast(last_updated as timestamptz) as snapshot_at,
        {{ text_or_null('symbol') }} as coin_symbol,
        {{ text_or_null('name') }} as name,
        cast(current_price as double precision) as price,
        cast(market_cap as double precision) as market_cap,
        cast(market_cap_rank as integer) as market_cap_rank,
        cast(fully_diluted_valuation as double precision) as fully_diluted_valuation,
        cast(total_volume as double precision) as volume_24h,
        cast(high_24h as double precision) as high_24h_price,
        cast(low_24h as double precision) as low_24h_price,
        cast(price_change_24h as double precision) as price_change_24h,
        cast(price_change_percentage_24h as double precision) as price_change_24h_pct,
        cast(market_cap_change_24h as double precision) as market_cap_change_24h,
        cast(market_cap_change_percentage_24h as double precision) as market_cap_change_24h_pct,
        cast(circulating_supply as double precision) as circulating_supply,
        cast(total_supply as double precision) as total_supply,
        cast(max_supply as double precision) as maximum_supply,
        cast(ath as double precision) as all_time_high_price,
        cast(ath_change_percentage as double precision) as all_time_high_change_pct,
        cast(ath_date as timestamptz) as all_time_high_at,
        cast(atl as double precision) as all_time_low_price,
        cast(atl_change_percentage as double precision) as all_time_low_change_pct,
        cast(atl_date as timestamptz) as all_time_low_at,
        request_id,
        response_id,
        fetched_at,
        is_synthetic
    from newest

)

select * from final
