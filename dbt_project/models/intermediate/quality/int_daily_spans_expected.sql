with

tracked_instruments as (

    select * from {{ ref('stg_marketflow__tracked_instruments') }}

),

coverage as (

    select * from {{ ref('int_daily_coverage_measured') }}

),

profiles as (

    select * from {{ ref('stg_fmp__profiles') }}

),

histories as (

    select
        instrument_id,
        min(first_session_date) as first_session_date,
        max(last_session_date) as last_session_date,
        max(greatest(last_fetched_at, plan_limited_at)) as last_asked_at
    from coverage
    group by instrument_id

),

instruments as (

    select
        histories.*,
        tracked_instruments.asset_class,
        tracked_instruments.calendar,
        tracked_instruments.is_active,
        profiles.ipo_date
    from histories
    inner join tracked_instruments
        on histories.instrument_id = tracked_instruments.instrument_id
    left join profiles
        on tracked_instruments.fmp_symbol = profiles.fmp_symbol

),

usual_starts as (

    -- Instruments are asked for together, so most of a class begin on the same day; where days
    -- are as frequent, the latest claims least.
    select
        asset_class,
        mode() within group (order by first_session_date desc) as first_session_date
    from instruments
    group by asset_class

),

common_start as (

    select mode() within group (order by first_session_date desc) as first_session_date
    from instruments

),

final as (

    select
        instruments.instrument_id,
        instruments.calendar,
        least(
            instruments.first_session_date,
            coalesce(usual_starts.first_session_date, common_start.first_session_date)
        ) as expected_from,
        case
            when instruments.is_active then cast({{ present_instant() }} at time zone 'UTC' as date)
            else instruments.last_session_date
        end as expected_until,
        -- Unless a profile knows better, trading begins with the first bar.
        case
            when instruments.first_session_date is null then instruments.ipo_date
            else least(
                coalesce(instruments.ipo_date, instruments.first_session_date),
                instruments.first_session_date
            )
        end as listed_from,
        instruments.last_asked_at
    from instruments
    cross join common_start
    left join usual_starts
        on instruments.asset_class = usual_starts.asset_class

)

select * from final
