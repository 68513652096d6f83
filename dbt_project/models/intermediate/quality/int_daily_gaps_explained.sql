with

missing_bars as (

    select * from {{ ref('int_daily_bars_missing') }}

),

spans as (

    select * from {{ ref('int_daily_spans_expected') }}

),

coverage as (

    select * from {{ ref('int_daily_coverage_measured') }}

),

daily_bars as (

    select * from {{ ref('int_daily_bars_aligned') }}

),

trading_halts as (

    select * from {{ ref('trading_halts') }}

),

held_out_bars as (

    select
        instrument_id,
        session_date,
        min(hold_out_reason) as hold_out_reason
    from daily_bars
    where hold_out_reason is not null
    group by instrument_id, session_date

),

evidence as (

    select
        missing_bars.instrument_id,
        missing_bars.session_date,
        missing_bars.closes_at,
        missing_bars.next_session_date,
        count(*) filter (
            where missing_bars.session_date
            between coverage.first_session_date and coverage.last_session_date
        ) as surrounding_provider_count,
        -- A skip explains what was due before it.
        coalesce(bool_or(coverage.plan_limited_at > missing_bars.closes_at), false)
            as is_plan_limited
    from missing_bars
    inner join coverage
        on missing_bars.instrument_id = coverage.instrument_id
    group by
        missing_bars.instrument_id,
        missing_bars.session_date,
        missing_bars.closes_at,
        missing_bars.next_session_date

),

final as (

    select
        evidence.instrument_id,
        evidence.session_date,
        case
            when evidence.closes_at is null then 'holiday'
            -- Providers publish the rows of a day within some hours.
            when
                evidence.closes_at > least(
                    {{ present_instant() }} - interval '6 hours',
                    spans.last_asked_at
                )
                then 'not_yet_due'
            when evidence.session_date < spans.listed_from then 'not_listed'
            when trading_halts.instrument_id is not null then 'halted'
            -- Where two providers have the bars around a session and both lack its own, there
            -- was no trade; one alone may have lost it.
            when
                evidence.surrounding_provider_count >= 2
                and held_out_bars.hold_out_reason is null
                then 'halted'
            when evidence.surrounding_provider_count = 0 and evidence.is_plan_limited
                then 'plan_limit'
            else 'provider_gap'
        end as cause,
        held_out_bars.hold_out_reason,
        evidence.next_session_date
    from evidence
    inner join spans
        on evidence.instrument_id = spans.instrument_id
    left join held_out_bars
        on
            evidence.instrument_id = held_out_bars.instrument_id
            and evidence.session_date = held_out_bars.session_date
    left join trading_halts
        on
            evidence.instrument_id = trading_halts.instrument_id
            and evidence.session_date >= trading_halts.halted_from
            and evidence.session_date < coalesce(trading_halts.halted_to, 'infinity')

)

select * from final
