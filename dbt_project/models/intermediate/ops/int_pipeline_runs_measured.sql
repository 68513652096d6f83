with

pipeline_runs as (

    select * from {{ ref('stg_marketflow__pipeline_runs') }}

),

check_results as (

    select * from {{ ref('stg_marketflow__check_results') }}

),

checks_by_run as (

    select
        run_id,
        count(*) as check_count,
        count(*) filter (where status not in ('pass', 'skipped')) as failed_check_count
    from check_results
    group by run_id

),

final as (

    select
        pipeline_runs.run_id,
        pipeline_runs.job,
        pipeline_runs.source,
        pipeline_runs.trigger_kind,
        pipeline_runs.started_at,
        pipeline_runs.ended_at,
        pipeline_runs.status,
        pipeline_runs.row_count,
        pipeline_runs.error,
        pipeline_runs.details,
        extract(epoch from pipeline_runs.ended_at - pipeline_runs.started_at)
            as duration_seconds,
        coalesce(checks_by_run.check_count, 0) as check_count,
        coalesce(checks_by_run.failed_check_count, 0) as failed_check_count
    from pipeline_runs
    left join checks_by_run
        on pipeline_runs.run_id = checks_by_run.run_id

)

select * from final
