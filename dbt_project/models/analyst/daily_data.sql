with

daily_market as (

    select * from {{ ref('obt_daily_market') }}

),

data_quality as (

    select * from {{ ref('fct_data_quality') }}

),

final as (

    select
        daily_market.symbol,
        daily_market.session_date as date,
        daily_market.split_adjusted_open_price as open,
        daily_market.split_adjusted_high_price as high,
        daily_market.split_adjusted_low_price as low,
        daily_market.split_adjusted_close_price as close,
        daily_market.split_adjusted_volume as volume,
        100 * daily_market.return_1d as price_change_pct,
        daily_market.volatility_20 as volatility,
        data_quality.data_quality_score,
        daily_market.instrument_id,
        daily_market.name,
        daily_market.asset_class,
        daily_market.sector,
        daily_market.currency,
        daily_market.provider,
        daily_market.is_synthetic
    from daily_market
    left join data_quality
        on
            daily_market.instrument_id = data_quality.instrument_id
            and daily_market.session_date = data_quality.session_date

)

select * from final
