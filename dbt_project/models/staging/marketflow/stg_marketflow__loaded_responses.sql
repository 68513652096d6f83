with

loaded_responses as (

    select * from {{ source('marketflow', 'loaded_responses') }}

),

final as (

    select
        request_id,
        source,
        resource,
        landing_path,
        response_id,
        status,
        reason,
        row_count,
        new_row_count,
        load_id as dlt_load_id,
        fetched_at,
        loaded_at
    from loaded_responses

)

select * from final
