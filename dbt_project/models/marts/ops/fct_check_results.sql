with

check_results as (

    select * from {{ ref('int_check_results_ranked') }}

),

final as (

    select
        run_id,
        check_name,
        job,
        model_name as model,
        column_name,
        severity,
        status,
        failure_count as failures,
        message,
        is_latest,
        checked_at
    from check_results

)

select * from final
