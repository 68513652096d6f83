with

intraday_bars as (

    select * from {{ ref('int_intraday_bars_combined') }}

),

tracked_instruments as (

    select * from {{ ref('stg_marketflow__tracked_instruments') }}

),

sessions as (

    select * from {{ ref('int_sessions_corrected') }}

),

bar_counts as (

    select
        instrument_id,
        bar_interval,
        session_date,
        count(*) as bar_count,
        max(fetched_at) as last_fetched_at
    from intraday_bars
    where
        session_phase = 'regular'
        and bar_interval in ('1min', '5min', '15min', '1h')
    group by instrument_id, bar_interval, session_date

),

series as (

    select
        bar_counts.instrument_id,
        bar_counts.bar_interval,
        tracked_instruments.calendar,
        min(bar_counts.session_date) as first_session_date,
        max(bar_counts.session_date) as last_session_date,
        max(bar_counts.last_fetched_at) as last_fetched_at
    from bar_counts
    inner join tracked_instruments
        on bar_counts.instrument_id = tracked_instruments.instrument_id
    group by
        bar_counts.instrument_id, bar_counts.bar_interval, tracked_instruments.calendar

),

expected as (

    select
        series.instrument_id,
        series.bar_interval,
        sessions.session_date,
        series.last_fetched_at,
        sessions.closes_at,
        -- The last bar of a session may be shorter than the others.
        ceil(
            extract(epoch from sessions.closes_at - sessions.opens_at)
            / extract(epoch from cast(series.bar_interval as interval))
        ) as expected_bar_count
    from series
    inner join sessions
        on
            series.calendar = sessions.calendar
            and sessions.session_date
            between series.first_session_date and series.last_session_date

),

final as (

    select
        expected.instrument_id,
        expected.bar_interval,
        expected.session_date,
        case
            when expected.closes_at > expected.last_fetched_at then 'not_yet_due'
            else 'provider_gap'
        end as cause,
        cast(expected.expected_bar_count as bigint) as expected_bar_count,
        cast(expected.expected_bar_count as bigint) - coalesce(bar_counts.bar_count, 0)
            as missing_bar_count
    from expected
    left join bar_counts
        on
            expected.instrument_id = bar_counts.instrument_id
            and expected.bar_interval = bar_counts.bar_interval
            and expected.session_date = bar_counts.session_date
    where expected.expected_bar_count > coalesce(bar_counts.bar_count, 0)

)

select * from final
