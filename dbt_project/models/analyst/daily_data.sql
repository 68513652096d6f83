with

daily_market as (

    select * from {{ ref('obt_daily_market') }}

),

final as (

    select
        symbol,
        session_date as date,
        split_adjusted_open_price as open,
        split_adjusted_high_price as high,
        split_adjusted_low_price as low,
        split_adjusted_close_price as close,
        split_adjusted_volume as volume,
        100 * return_1d as price_change_pct,
        volatility_20 as volatility,
        instrument_id,
        name,
        asset_class,
        sector,
        currency,
        provider,
        is_synthetic
    from daily_market

)

select * from final
