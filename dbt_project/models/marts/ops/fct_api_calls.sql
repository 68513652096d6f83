with

api_calls as (

    select * from {{ ref('int_api_calls_classified') }}

),

final as (

    select
        request_id,
        run_id,
        source,
        resource,
        symbols,
        url,
        http_status,
        outcome,
        error,
        attempt_number,
        duration_ms,
        credits,
        plan,
        credits_per_minute,
        credits_per_day,
        byte_count,
        row_count,
        new_row_count,
        is_success,
        requested_at,
        fetched_at,
        loaded_at,
        response_id
    from api_calls

)

select * from final
