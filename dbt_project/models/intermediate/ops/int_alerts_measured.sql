with

alerts as (

    select * from {{ ref('stg_marketflow__alerts') }}

),

final as (

    select
        alert_id,
        alert_key,
        alert_kind,
        asset,
        cause,
        next_step,
        opened_at,
        told_at,
        recovered_at,
        recovered_at is null as is_open,
        cast(extract(epoch from recovered_at - opened_at) / 3600 as double precision)
            as duration_hours
    from alerts

)

select * from final
