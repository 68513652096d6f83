with

daily_data as (

    select * from {{ ref('daily_data') }}

),

final as (

    select
        symbol,
        date,
        open,
        high,
        low,
        close,
        volume,
        price_change_pct,
        volatility,
        data_quality_score,
        instrument_id,
        name,
        asset_class,
        sector,
        currency,
        provider,
        is_synthetic
    from daily_data
    where asset_class = 'index'

)

select * from final
