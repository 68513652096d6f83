with

daily_aggregates as (

    select * from {{ ref('fct_daily_aggregates') }}

),

final as (

    select
        symbol,
        session_date as date,
        open_price as open,
        high_price as high,
        low_price as low,
        close_price as close,
        volume,
        session_vwap as vwap,
        price_range,
        price_range_pct,
        bar_count,
        is_complete,
        agrees_with_daily_bar,
        disagreements,
        bar_interval,
        instrument_id,
        provider,
        is_synthetic
    from daily_aggregates

)

select * from final
