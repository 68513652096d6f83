with

corporate_actions as (

    select * from {{ ref('int_corporate_actions_unioned') }}

),

accepted_anomalies as (

    select * from {{ ref('accepted_anomalies') }}

),

excuses as (

    -- A hundred old shares for a new one look like a wrong unit, on the days about the split.
    select
        instrument_id,
        daterange(ex_date - 3, ex_date + 10, '[]') as excused_dates
    from corporate_actions
    where
        action_type = 'split'
        and greatest(split_ratio, 1 / split_ratio) >= 50

    union all

    select
        instrument_id,
        daterange(session_date, session_date, '[]') as excused_dates
    from accepted_anomalies
    where
        anomaly = 'unit_error'
        and verdict = 'real'

),

final as (

    select
        instrument_id,
        range_agg(excused_dates) as excused_dates
    from excuses
    group by instrument_id

)

select * from final
