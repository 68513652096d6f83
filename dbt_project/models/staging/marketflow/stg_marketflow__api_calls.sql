with

api_calls as (

    select * from {{ source('marketflow', 'api_calls') }}

),

final as (

    select
        request_id,
        run_id,
        source,
        resource,
        symbols,
        url,
        requested_at,
        duration_ms,
        status as http_status,
        outcome,
        error,
        credits,
        plan,
        credits_per_minute,
        credits_per_day,
        attempt as attempt_number,
        response_id,
        bytes as byte_count,
        fetched_at
    from api_calls

)

select * from final
