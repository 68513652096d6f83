with

averages as (

    select * from {{ ref('int_daily_averages_smoothed') }}

),

bands as (

    {{ measured_bands('averages', returned='return_1d') }}

),

final as (

    select
        instrument_id,
        session_date,
        bar_number,
        split_adjusted_close_price,
        return_1d,
        sma_20,
        sma_50,
        sma_200,
        ema_12,
        ema_26,
        macd_line,
        macd_signal,
        average_gain_14,
        average_loss_14,
        atr_14,
        close_deviation_20,
        volatility_20,
        vwap_20,
        high_252,
        low_252,
        is_synthetic
    from bands
    where is_due

)

select * from final
