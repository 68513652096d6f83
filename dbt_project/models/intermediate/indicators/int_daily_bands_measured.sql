with

averages as (

    select * from {{ ref('int_daily_averages_smoothed') }}

),

bands as (

    select
        averages.*,
        case
            when bar_number < 20 then null
            -- Exactly nothing where no close differs; the formula would leave a trace of rounding.
            when bar_number - coalesce(last_moved_bar_number, 0) >= 19 then 0
            else sqrt(
                -- The variances of both halves, and that of their means.
                (close_variance_10 + lag(close_variance_10, 10) over last_20_bars) / 2
                + power((close_sum_10 - lag(close_sum_10, 10) over last_20_bars) / 20, 2)
            )
        end as close_deviation_20,
        -- Not a number while a return is missing, as that of the first bar.
        nullif(stddev_samp(coalesce(return_1d, 'NaN')) over last_20_bars, 'NaN') as volatility_20,
        case
            when bar_number >= 20
                then nullif(
                    (turnover_sum_10 + lag(turnover_sum_10, 10) over last_20_bars)
                    / nullif(volume_sum_10 + lag(volume_sum_10, 10) over last_20_bars, 0),
                    'NaN'
                )
        end as vwap_20
    from averages
    window last_20_bars as (
        partition by instrument_id
        order by session_date
        rows between 19 preceding and current row
    )

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
