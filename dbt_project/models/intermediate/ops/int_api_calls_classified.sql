with

api_calls as (

    select * from {{ ref('stg_marketflow__api_calls') }}

),

loaded_responses as (

    select * from {{ ref('stg_marketflow__loaded_responses') }}

),

final as (

    select
        api_calls.*,
        api_calls.outcome in ('ok', 'empty') as is_success,
        loaded_responses.row_count,
        loaded_responses.new_row_count,
        loaded_responses.loaded_at
    from api_calls
    left join loaded_responses
        on api_calls.request_id = loaded_responses.request_id

)

select * from final
