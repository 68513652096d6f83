with

swings as (

    select * from {{ ref('int_daily_swings_averaged') }}

),

ranges as (

    select
        swings.*,
        case
            when count(split_adjusted_close_price) over last_20_sessions = 20
                -- Exact, so that a flat history has no deviation at all.
                then cast(
                    stddev_pop(cast(split_adjusted_close_price as numeric)) over last_20_sessions
                    as double precision
                )
        end as close_deviation_20,
        case
            when count(return_1d) over last_20_sessions = 20
                then stddev_samp(return_1d) over last_20_sessions
        end as volatility_20,
        case
            when count(typical_price * split_adjusted_volume) over last_20_sessions = 20
                then
                    sum(typical_price * split_adjusted_volume) over last_20_sessions
                    / nullif(sum(split_adjusted_volume) over last_20_sessions, 0)
        end as vwap_20,
        {{ rolling_extreme('high', 'split_adjusted_high_price', 252) }} as high_252,
        {{ rolling_extreme('low', 'split_adjusted_low_price', 252) }} as low_252
    from swings
    window
        last_20_sessions as (
            partition by instrument_id
            order by session_date
            rows between 19 preceding and current row
        ),
        last_252_sessions as (
            partition by instrument_id
            order by session_date
            rows between 251 preceding and current row
        )

),

final as (

    select
        instrument_id,
        session_date,
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
    from ranges

)

select * from final
