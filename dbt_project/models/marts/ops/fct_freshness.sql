with

sources as (

    select * from {{ ref('int_sources_measured') }}

),

final as (

    select
        source,
        calendar,
        response_count,
        sessions_late,
        last_fetched_at,
        last_loaded_at
    from sources

)

select * from final
