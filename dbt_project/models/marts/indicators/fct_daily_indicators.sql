with

daily_bars as (

    select * from {{ ref('fct_daily_bars') }}

),

changes as (

    select
        instrument_id,
        symbol,
        session_date,
        split_adjusted_close_price,
        is_synthetic,
        lag(split_adjusted_close_price) over sessions as previous_close_price,
        split_adjusted_close_price - lag(split_adjusted_close_price) over sessions as price_change
    from daily_bars
    window sessions as (partition by instrument_id order by session_date)

),

averages as (

    select
        changes.*,
        {{ simple_moving_average('split_adjusted_close_price', 20) }} as sma_20,
        {{ simple_moving_average('split_adjusted_close_price', 50) }} as sma_50,
        {{ simple_moving_average('split_adjusted_close_price', 200) }} as sma_200,
        -- greatest(null, 0) is 0: without the case the first row would count as a change.
        {{ function('wilder_average') }}(
            case when price_change is not null then greatest(price_change, 0) end, 14
        ) over all_sessions_so_far as average_gain_14,
        {{ function('wilder_average') }}(
            case when price_change is not null then greatest(-price_change, 0) end, 14
        ) over all_sessions_so_far as average_loss_14
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

final as (

    select
        instrument_id,
        symbol,
        session_date,
        split_adjusted_close_price,
        sma_20,
        sma_50,
        sma_200,
        -- 100 when there is no loss and some gain, null on a flat history (0 / 0).
        100 * average_gain_14 / nullif(average_gain_14 + average_loss_14, 0) as rsi_14,
        case
            when previous_close_price > 0
                then split_adjusted_close_price / previous_close_price - 1
        end as return_1d,
        average_gain_14,
        average_loss_14,
        is_synthetic
    from averages

)

select * from final
