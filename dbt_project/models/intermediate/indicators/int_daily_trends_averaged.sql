with

changes as (

    select * from {{ ref('int_daily_changes_measured') }}

),

averages as (

    select
        changes.*,
        {{ simple_moving_average('split_adjusted_close_price', 20) }} as sma_20,
        {{ simple_moving_average('split_adjusted_close_price', 50) }} as sma_50,
        {{ simple_moving_average('split_adjusted_close_price', 200) }} as sma_200,
        {{ exponential_moving_average('split_adjusted_close_price', 12) }} as ema_12,
        {{ exponential_moving_average('split_adjusted_close_price', 26) }} as ema_26
    from changes
    window
        last_20_sessions as (
            partition by instrument_id
            order by session_date
            rows between 19 preceding and current row
        ),
        last_50_sessions as (
            partition by instrument_id
            order by session_date
            rows between 49 preceding and current row
        ),
        last_200_sessions as (
            partition by instrument_id
            order by session_date
            rows between 199 preceding and current row
        ),
        all_sessions_so_far as (
            partition by instrument_id
            order by session_date
            rows between unbounded preceding and current row
        )

),

lines as (

    select
        averages.*,
        ema_12 - ema_26 as macd_line,
        -- The line is null before row 26, so that its own average begins at row 34.
        {{ exponential_moving_average('ema_12 - ema_26', 9) }} as macd_signal
    from averages
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
        is_synthetic
    from lines

)

select * from final
