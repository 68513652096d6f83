with

spans as (

    select * from {{ ref('int_daily_spans_expected') }}

),

sessions as (

    select * from {{ ref('int_sessions_corrected') }}

),

daily_bars as (

    select * from {{ ref('int_daily_bars_selected') }}

),

calendars as (

    select
        calendar,
        min(expected_from) as first_date,
        max(expected_until) as last_date
    from spans
    group by calendar

),

-- Weekdays count whether there is a session or not: a holiday is a gap that is explained.
weekdays as (

    select
        calendars.calendar,
        cast(days.day as date) as session_date
    from calendars
    cross join
        lateral generate_series(
            cast(calendars.first_date as timestamp), calendars.last_date, interval '1 day'
        ) as days (day)
    where extract(isodow from days.day) <= 5

),

sessions_in_order as (

    select
        calendar,
        session_date,
        opens_at,
        closes_at,
        lead(session_date) over calendar_days as next_session_date
    from sessions
    window calendar_days as (partition by calendar order by session_date)

),

calendar_days as (

    select
        coalesce(sessions_in_order.calendar, weekdays.calendar) as calendar,
        coalesce(sessions_in_order.session_date, weekdays.session_date) as session_date,
        sessions_in_order.closes_at,
        sessions_in_order.next_session_date
    from weekdays
    full join sessions_in_order
        on
            weekdays.calendar = sessions_in_order.calendar
            and weekdays.session_date = sessions_in_order.session_date
    where coalesce(sessions_in_order.opens_at <= {{ present_instant() }}, true)

),

final as (

    select
        spans.instrument_id,
        calendar_days.session_date,
        calendar_days.closes_at,
        calendar_days.next_session_date
    from spans
    inner join calendar_days
        on
            spans.calendar = calendar_days.calendar
            and calendar_days.session_date between spans.expected_from and spans.expected_until
    left join daily_bars
        on
            spans.instrument_id = daily_bars.instrument_id
            and calendar_days.session_date = daily_bars.session_date
    where daily_bars.instrument_id is null

)

select * from final
