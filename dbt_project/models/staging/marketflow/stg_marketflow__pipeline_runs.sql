with

pipeline_runs as (

    select * from {{ source('marketflow', 'pipeline_runs') }}

),

final as (

    select
        run_id,
        job,
        source,
        trigger as trigger_kind,
        started_at,
        ended_at,
        status,
        rows as row_count,
        error,
        details
    from pipeline_runs

)

select * from final
