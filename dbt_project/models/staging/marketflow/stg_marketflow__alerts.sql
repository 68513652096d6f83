with

alerts as (

    select * from {{ source('marketflow', 'alerts') }}

),

final as (

    select
        alert_id,
        alert_key,
        kind as alert_kind,
        asset,
        cause,
        next_step,
        opened_at,
        told_at,
        recovered_at
    from alerts

)

select * from final
