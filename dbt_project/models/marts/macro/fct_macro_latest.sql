with

macro_observations as (

    select * from {{ ref('fct_macro_observations') }}

),

final as (

    select
        series_id,
        observation_date,
        value,
        vintage_number,
        retrieved_from,
        is_synthetic,
        release_date,
        known_from,
        response_id
    from macro_observations
    where is_latest

)

select * from final
