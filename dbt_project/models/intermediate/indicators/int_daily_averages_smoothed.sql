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
        last_moved_bar_number,
        split_adjusted_close_price,
        return_1d,
        close_sum_10,
        close_variance_10,
        turnover_sum_10,
        volume_sum_10,
        high_252,
        low_252,
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
        is_due,
        is_synthetic
    from averages_of_averages

)

select * from final
order by instrument_id, session_date
