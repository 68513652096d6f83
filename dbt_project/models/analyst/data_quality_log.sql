with

check_results as (

    select * from {{ ref('fct_check_results') }}

),

final as (

    select
        checked_at,
        check_name,
        model,
        column_name,
        severity,
        status,
        failures,
        message,
        is_latest,
        run_id
    from check_results

)

select * from final
