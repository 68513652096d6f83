with

graded_bars as (

    select * from {{ ref('int_daily_bars_graded') }}

),

reconciliation as (

    select * from {{ ref('fct_price_reconciliation') }}

),

quality_weights as (

    select * from {{ ref('quality_weights') }}

),

instruments as (

    select * from {{ ref('dim_instruments') }}

),

weights as (

    select
        max(weight) filter (where part = 'completeness') as completeness,
        max(weight) filter (where part = 'validity') as validity,
        max(weight) filter (where part = 'agreement') as agreement,
        max(weight) filter (where part = 'continuity') as continuity,
        max(weight) filter (where part = 'timeliness') as timeliness
    from quality_weights

),

agreements as (

    select
        instrument_id,
        session_date,
        min(
            case verdict
                when 'agree' then 1
                when 'within_tolerance' then 0.9
                when 'conflict' then 0
                else 0.5
            end
        ) as agreement
    from reconciliation
    group by instrument_id, session_date

),

with_agreement as (

    select
        graded_bars.*,
        -- What nobody else has seen is neither confirmed nor denied.
        case when graded_bars.provider is not null then coalesce(agreements.agreement, 0.5) end
            as agreement
    from graded_bars
    left join agreements
        on
            graded_bars.instrument_id = agreements.instrument_id
            and graded_bars.session_date = agreements.session_date

),

final as (

    select
        with_agreement.instrument_id,
        instruments.symbol,
        with_agreement.session_date,
        with_agreement.provider,
        weights.completeness * with_agreement.completeness
        + weights.validity * coalesce(with_agreement.validity, 0)
        + weights.agreement * coalesce(with_agreement.agreement, 0)
        + weights.continuity * coalesce(with_agreement.continuity, 0)
        + weights.timeliness * coalesce(with_agreement.timeliness, 0) as data_quality_score,
        with_agreement.completeness,
        with_agreement.validity,
        cast(with_agreement.agreement as double precision) as agreement,
        with_agreement.continuity,
        with_agreement.timeliness
    from with_agreement
    cross join weights
    inner join instruments
        on with_agreement.instrument_id = instruments.instrument_id

)

select * from final
