with

corporate_actions as (

    select * from {{ ref('int_corporate_actions_unioned') }}

),

daily_bars as (

    select * from {{ ref('int_daily_bars_selected') }}

),

aligned as (

    -- An action acts on the first bar from its ex-date on, should that day have no bar.
    select
        corporate_actions.instrument_id,
        first_bar.session_date,
        {{ function('product') }}(corporate_actions.split_ratio) as split_ratio,
        coalesce(sum(corporate_actions.dividend), 0) as dividend,
        sum(corporate_actions.version_count) as version_count
    from corporate_actions
    cross join
        lateral (
            select daily_bars.session_date
            from daily_bars
            where
                daily_bars.instrument_id = corporate_actions.instrument_id
                and daily_bars.session_date >= corporate_actions.ex_date
            order by daily_bars.session_date
            limit 1
        ) as first_bar
    group by corporate_actions.instrument_id, first_bar.session_date

),

priced as (

    select
        aligned.*,
        bar_before.close_price as previous_close_price
    from aligned
    left join
        lateral (
            select daily_bars.close_price
            from {{ ref('int_daily_bars_selected') }} as daily_bars
            where
                daily_bars.instrument_id = aligned.instrument_id
                and daily_bars.session_date < aligned.session_date
            order by daily_bars.session_date desc
            limit 1
        ) as bar_before
        on true

),

final as (

    select
        instrument_id,
        session_date,
        split_ratio,
        dividend,
        version_count,
        {{ function('product') }}(split_ratio) over from_here_on as cumulative_split_ratio,
        -- The previous close is as traded; with a split on the same day it is divided first.
        {{ function('product') }}(1 - dividend * split_ratio / nullif(previous_close_price, 0))
            over from_here_on as cumulative_dividend_factor
    from priced
    window from_here_on as (
        partition by instrument_id
        order by session_date desc
        rows between unbounded preceding and current row
    )

)

select * from final
