with

api_calls as (

    select * from {{ ref('stg_marketflow__api_calls') }}

),

loaded_responses as (

    select * from {{ ref('stg_marketflow__loaded_responses') }}

),

final as (

    select
        api_calls.request_id,
        api_calls.run_id,
        api_calls.source,
        api_calls.resource,
        api_calls.symbols,
        api_calls.url,
        api_calls.requested_at,
        api_calls.duration_ms,
        api_calls.http_status,
        api_calls.outcome,
        api_calls.error,
        api_calls.credits,
        api_calls.plan,
        api_calls.credits_per_minute,
        api_calls.credits_per_day,
        api_calls.attempt_number,
        api_calls.response_id,
        api_calls.byte_count,
        api_calls.fetched_at,
        api_calls.outcome in ('ok', 'empty') as is_success,
        loaded_responses.row_count,
        loaded_responses.new_row_count,
        loaded_responses.loaded_at
    from api_calls
    left join loaded_responses
        on api_calls.request_id = loaded_responses.request_id

)

select * from final
