with

daily_bars as (

    select * from {{ ref('int_daily_bars_selected') }}

),

gaps as (

    select * from {{ ref('int_daily_gaps_explained') }}

),

anomalies as (

    select * from {{ ref('int_daily_anomalies_found') }}

),

measured_bars as (

    select
        daily_bars.*,
        case
            -- Indexes and currency pairs have no volume of their own.
            when asset_class in ('index', 'fx')
                then num_nonnulls(open_price, high_price, low_price, close_price) / 4.0
            else num_nonnulls(open_price, high_price, low_price, close_price, volume) / 5.0
        end as completeness
    from daily_bars

),

open_anomalies as (

    select
        instrument_id,
        provider,
        session_date,
        count(*) as anomaly_count
    from anomalies
    where not is_accepted
    group by instrument_id, provider, session_date

),

-- What should be there and is not; a holiday or a halt is no fault.
faults as (

    select
        instrument_id,
        session_date,
        next_session_date
    from gaps
    where cause in ('provider_gap', 'plan_limit')

),

graded as (

    select
        measured_bars.instrument_id,
        measured_bars.session_date,
        measured_bars.provider,
        measured_bars.completeness,
        greatest(1 - 0.5 * coalesce(open_anomalies.anomaly_count, 0), 0) as validity,
        case when faults.instrument_id is null then 1 else 0 end as continuity,
        case
            when measured_bars.known_from <= measured_bars.closes_at + interval '1 day' then 1
            when measured_bars.known_from <= measured_bars.closes_at + interval '3 days' then 0.5
            else 0
        end as timeliness
    from measured_bars
    left join open_anomalies
        on
            measured_bars.instrument_id = open_anomalies.instrument_id
            and measured_bars.provider = open_anomalies.provider
            and measured_bars.session_date = open_anomalies.session_date
    left join faults
        on
            measured_bars.instrument_id = faults.instrument_id
            and measured_bars.session_date = faults.next_session_date

    union all

    select
        instrument_id,
        session_date,
        null as provider,
        0 as completeness,
        null as validity,
        null as continuity,
        null as timeliness
    from faults

),

final as (

    select
        instrument_id,
        session_date,
        provider,
        cast(completeness as double precision) as completeness,
        cast(validity as double precision) as validity,
        cast(continuity as double precision) as continuity,
        cast(timeliness as double precision) as timeliness
    from graded

)

select * from final
