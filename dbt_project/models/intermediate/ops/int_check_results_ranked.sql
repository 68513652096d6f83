with

check_results as (

    select * from {{ ref('stg_marketflow__check_results') }}

),

pipeline_runs as (

    select * from {{ ref('stg_marketflow__pipeline_runs') }}

),

final as (

    select
        check_results.run_id,
        check_results.check_name,
        check_results.model_name,
        check_results.column_name,
        check_results.severity,
        check_results.status,
        check_results.failure_count,
        check_results.message,
        check_results.checked_at,
        pipeline_runs.job,
        row_number() over newest_first = 1 as is_latest
    from check_results
    left join pipeline_runs
        on check_results.run_id = pipeline_runs.run_id
    window newest_first as (
        partition by check_results.check_name
        order by check_results.checked_at desc, check_results.run_id desc
    )

)

select * from final
