with

pipeline_runs as (

    select * from {{ ref('fct_pipeline_runs') }}

),

final as (

    select
        job,
        started_at,
        ended_at,
        status,
        rows,
        error,
        source,
        trigger,
        duration_seconds,
        run_id
    from pipeline_runs

)

select * from final
