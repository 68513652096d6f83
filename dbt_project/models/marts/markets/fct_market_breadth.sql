with

memberships as (

    select * from {{ ref('bridge_index_memberships') }}

),

instruments as (

    select * from {{ ref('dim_instruments') }}

),

sessions as (

    select * from {{ ref('dim_sessions') }}

),

daily_bars as (

    select * from {{ ref('fct_daily_bars') }}

),

daily_indicators as (

    select * from {{ ref('fct_daily_indicators') }}

),

counted as (

    select
        memberships.index_name,
        sessions.session_date,
        count(*) as member_count,
        count(daily_indicators.return_1d) as priced_count,
        count(*) filter (where daily_indicators.return_1d > 0) as advancers,
        count(*) filter (where daily_indicators.return_1d < 0) as decliners,
        count(*) filter (where daily_indicators.return_1d = 0) as unchanged,
        -- The volume of an index is its members' again, and that of a coin is no number of shares.
        sum(daily_bars.volume) filter (
            where daily_indicators.return_1d > 0 and instruments.asset_class in ('equity', 'etf')
        ) as up_volume,
        sum(daily_bars.volume) filter (
            where daily_indicators.return_1d < 0 and instruments.asset_class in ('equity', 'etf')
        ) as down_volume,
        count(*) filter (
            where daily_bars.split_adjusted_high_price = daily_indicators.high_252
        ) as new_highs_252,
        count(*) filter (
            where daily_bars.split_adjusted_low_price = daily_indicators.low_252
        ) as new_lows_252,
        count(*) filter (
            where daily_indicators.split_adjusted_close_price > daily_indicators.sma_50
        ) as above_sma_50,
        count(*) filter (
            where daily_indicators.split_adjusted_close_price > daily_indicators.sma_200
        ) as above_sma_200
    from memberships
    inner join instruments
        on memberships.instrument_id = instruments.instrument_id
    -- The members of that day, on the sessions of their own calendars.
    inner join sessions
        on
            instruments.calendar = sessions.calendar
            and memberships.valid_from <= sessions.session_date
            and sessions.session_date < coalesce(memberships.valid_to, 'infinity')
    left join daily_bars
        on
            memberships.instrument_id = daily_bars.instrument_id
            and sessions.session_date = daily_bars.session_date
    left join daily_indicators
        on
            memberships.instrument_id = daily_indicators.instrument_id
            and sessions.session_date = daily_indicators.session_date
    group by memberships.index_name, sessions.session_date

),

final as (

    select
        index_name,
        session_date,
        member_count,
        priced_count,
        advancers,
        decliners,
        unchanged,
        cast(advancers as double precision) / nullif(decliners, 0) as advance_decline_ratio,
        cast(sum(advancers - decliners) over so_far as bigint) as advance_decline_line,
        up_volume,
        down_volume,
        new_highs_252,
        new_lows_252,
        above_sma_50,
        above_sma_200
    from counted
    -- Without a price there is nothing to tell of the day.
    where priced_count > 0
    window so_far as (
        partition by index_name
        order by session_date
        rows between unbounded preceding and current row
    )

)

select * from final
