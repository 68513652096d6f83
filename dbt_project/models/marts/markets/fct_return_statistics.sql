with

daily_indicators as (

    select * from {{ ref('fct_daily_indicators') }}

),

measured as (

    select
        instrument_id,
        symbol,
        session_date,
        split_adjusted_close_price,
        {{ rolling_mean('return_1d', 20) }} as mean_return_20,
        {{ rolling_mean('return_1d', 60) }} as mean_return_60,
        {{ rolling_mean('return_1d', 252) }} as mean_return_252,
        {{ rolling_variance('return_1d', 20) }} as return_variance_20,
        {{ rolling_variance('return_1d', 60) }} as return_variance_60,
        {{ rolling_variance('return_1d', 252) }} as return_variance_252,
        {{ rolling_high('split_adjusted_close_price', 20) }} as high_20,
        {{ rolling_high('split_adjusted_close_price', 60) }} as high_60,
        {{ rolling_high('split_adjusted_close_price', 252) }} as high_252
    from daily_indicators
    window
        last_20_bars as (
            partition by instrument_id
            order by session_date
            rows between 19 preceding and current row
        ),
        last_60_bars as (
            partition by instrument_id
            order by session_date
            rows between 59 preceding and current row
        ),
        last_252_bars as (
            partition by instrument_id
            order by session_date
            rows between 251 preceding and current row
        )

),

final as (

    select
        measured.instrument_id,
        measured.symbol,
        measured.session_date,
        statistics.window_sessions,
        -- A window with a row is full.
        cast(statistics.window_sessions as bigint) as observation_count,
        statistics.mean_return,
        statistics.return_variance,
        sqrt(statistics.return_variance) as volatility,
        measured.split_adjusted_close_price / nullif(statistics.high, 0) - 1 as drawdown
    from measured
    cross join
        lateral (
            values
            (20, measured.mean_return_20, measured.return_variance_20, measured.high_20),
            (60, measured.mean_return_60, measured.return_variance_60, measured.high_60),
            (252, measured.mean_return_252, measured.return_variance_252, measured.high_252)
        ) as statistics (window_sessions, mean_return, return_variance, high)
    where statistics.mean_return is not null

)

select * from final
