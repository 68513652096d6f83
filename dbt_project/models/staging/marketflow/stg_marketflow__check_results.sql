with

check_results as (

    select * from {{ source('marketflow', 'check_results') }}

),

final as (

    select
        run_id,
        check_name,
        model as model_name,
        column_name,
        severity,
        status,
        failures as failure_count,
        message,
        checked_at
    from check_results

)

select * from final
