with

daily_indicators as (

    select * from {{ ref('fct_daily_indicators') }}

),

final as (

    select
        symbol,
        session_date as date,
        split_adjusted_close_price as close,
        sma_20,
        sma_50,
        sma_200,
        ema_12,
        ema_26,
        macd_line,
        macd_signal,
        macd_histogram,
        rsi_14,
        bollinger_upper_20 as bollinger_upper,
        bollinger_middle_20 as bollinger_middle,
        bollinger_lower_20 as bollinger_lower,
        bollinger_position_20 as bollinger_position,
        atr_14,
        vwap_20,
        volatility_20 as volatility,
        100 * return_1d as price_change_pct,
        high_252,
        low_252,
        instrument_id,
        is_synthetic
    from daily_indicators

)

select * from final
