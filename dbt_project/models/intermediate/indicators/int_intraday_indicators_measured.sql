{%- set order_by = 'session_date, bar_start_at' -%}

with

intraday_bars as (

    select * from {{ ref('int_intraday_bars_resumed') }}

),

extremes as (

    {{ measured_extremes('intraday_bars', order_by) }}

),

-- No other window looks back further than 50 bars.
recent as (

    select * from extremes
    where is_recent

),

changes as (

    {{ measured_changes('recent', order_by) }}

),

sums as (

    {{ measured_sums('changes', order_by) }}

),

averages as (

    {{ measured_averages('sums', order_by) }}

),

averages_of_averages as (

    {{ measured_averages_of_averages('averages', order_by) }}

),

final as (

    select
        instrument_id,
        session_date,
        bar_start_at,
        bar_end_at,
        bar_number,
        split_adjusted_close_price,
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
        session_vwap,
        bar_return,
        high_252,
        low_252,
        is_complete,
        is_synthetic
    from averages_of_averages
    where is_due

)

select * from final
