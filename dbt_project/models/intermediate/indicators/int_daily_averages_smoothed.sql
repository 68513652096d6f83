with

changes as (

    select * from {{ ref('int_daily_changes_measured') }}

),

averages as (

    {{ measured_averages('changes') }}

),

-- What builds on these.
averages_of_averages as (

    {{ measured_averages_of_averages('averages') }}

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
        ema_12 - ema_26 as macd_line,
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
    from averages_of_averages
    where is_due

)

select * from final
