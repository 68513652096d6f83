with

trends as (

    select * from {{ ref('int_daily_trends_averaged') }}

),

averages as (

    select
        trends.*,
        -- greatest(null, 0) is 0: without the case the first row would count as a change.
        {{ wilder_average(
            'case when price_change is not null then greatest(price_change, 0) end', 14
        ) }} as average_gain_14,
        {{ wilder_average(
            'case when price_change is not null then greatest(-price_change, 0) end', 14
        ) }} as average_loss_14,
        {{ wilder_average('true_range', 14) }} as atr_14
    from trends
    window all_sessions_so_far as (
        partition by instrument_id
        order by session_date
        rows between unbounded preceding and current row
    )

),

final as (

    select
        instrument_id,
        session_date,
        split_adjusted_close_price,
        split_adjusted_high_price,
        split_adjusted_low_price,
        split_adjusted_volume,
        typical_price,
        price_change,
        true_range,
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
        is_synthetic
    from averages

)

select * from final
