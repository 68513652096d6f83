{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ take_macro_changes(after='fct_macro_observations') }}",
        post_hook="{{ keep_position() }}",
    )
}}

with

macro_observations as (

    {{ changed_macro_rows(ref('fct_macro_observations'), 'fct_macro_latest') }}

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
