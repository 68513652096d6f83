with

daily_indicators as (

    select * from {{ ref('fct_daily_indicators') }}

),

watched as (

    select
        instrument_id,
        symbol,
        session_date,
        split_adjusted_close_price
    from daily_indicators
    where {{ is_watched('symbol') }}

),

common_sessions as (

    -- Where one of the two has no price of its own, the other's is left out.
    select
        watched.instrument_id,
        watched.symbol,
        others.instrument_id as other_instrument_id,
        others.symbol as other_symbol,
        watched.session_date,
        watched.split_adjusted_close_price
        / nullif(greatest(lag(watched.split_adjusted_close_price) over pairs, 0), 0) - 1
            as return_1d,
        others.split_adjusted_close_price
        / nullif(greatest(lag(others.split_adjusted_close_price) over pairs, 0), 0) - 1
            as other_return_1d
    from watched
    inner join watched as others
        on
            watched.session_date = others.session_date
            and watched.instrument_id < others.instrument_id
    window pairs as (
        partition by watched.instrument_id, others.instrument_id order by watched.session_date
    )

),

exact_returns as (

    select
        instrument_id,
        symbol,
        other_instrument_id,
        other_symbol,
        session_date,
        cast(return_1d as numeric) as return_1d,
        cast(other_return_1d as numeric) as other_return_1d
    from common_sessions
    where return_1d is not null and other_return_1d is not null

),

measured as (

    select
        exact_returns.*,
        count(*) over last_20_sessions as observation_count_20,
        count(*) over last_60_sessions as observation_count_60,
        count(*) over last_252_sessions as observation_count_252,
        {{ rolling_correlation('return_1d', 'other_return_1d', 20) }} as correlation_20,
        {{ rolling_correlation('return_1d', 'other_return_1d', 60) }} as correlation_60,
        {{ rolling_correlation('return_1d', 'other_return_1d', 252) }} as correlation_252
    from exact_returns
    window
        last_20_sessions as (
            partition by instrument_id, other_instrument_id
            order by session_date
            rows between 19 preceding and current row
        ),
        last_60_sessions as (
            partition by instrument_id, other_instrument_id
            order by session_date
            rows between 59 preceding and current row
        ),
        last_252_sessions as (
            partition by instrument_id, other_instrument_id
            order by session_date
            rows between 251 preceding and current row
        )

),

final as (

    select
        measured.instrument_id,
        measured.symbol,
        measured.other_instrument_id,
        measured.other_symbol,
        measured.session_date,
        statistics.window_sessions,
        statistics.observation_count,
        statistics.correlation
    from measured
    cross join
        lateral (
            values
            (20, measured.observation_count_20, measured.correlation_20),
            (60, measured.observation_count_60, measured.correlation_60),
            (252, measured.observation_count_252, measured.correlation_252)
        ) as statistics (window_sessions, observation_count, correlation)
    where statistics.observation_count = statistics.window_sessions

)

select * from final
