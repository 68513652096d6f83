with

pipeline_runs as (

    select * from {{ ref('int_pipeline_runs_measured') }}

),

final as (

    select
        run_id,
        job,
        source,
        trigger_kind as trigger,
        status,
        row_count as rows,
        check_count,
        failed_check_count,
        cast(duration_seconds as double precision) as duration_seconds,
        error,
        details,
        started_at,
        ended_at
    from pipeline_runs

)

select * from final
