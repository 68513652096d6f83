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
        corporate_actions.split_ratio,
        corporate_actions.dividend
    from corporate_actions
    cross join lateral (
        select daily_bars.session_date
        from daily_bars
        where
            daily_bars.instrument_id = corporate_actions.instrument_id
            and daily_bars.session_date >= corporate_actions.ex_date
        order by daily_bars.session_date
        limit 1
    ) as first_bar

),

final as (

    select
        instrument_id,
        session_date,
        {{ function('product') }}(split_ratio) as split_ratio,
        coalesce(sum(dividend), 0) as dividend
    from aligned
    group by instrument_id, session_date

)

select * from final
