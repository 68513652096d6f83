with

alerts as (

    select * from {{ ref('int_alerts_measured') }}

),

final as (

    select
        alert_id,
        alert_key,
        alert_kind,
        asset,
        cause,
        next_step,
        is_open,
        duration_hours,
        opened_at,
        told_at,
        recovered_at
    from alerts

)

select * from final
