{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ take_macro_changes(after='int_macro_vintages_unioned') }}",
        post_hook="{{ keep_position() }}",
    )
}}

with

vintages as (

    {{ changed_macro_rows(ref('int_macro_vintages_unioned'), 'fct_macro_observations') }}

),

final as (

    select
        series_id,
        observation_date,
        known_from,
        known_to,
        release_date,
        value,
        vintage_number,
        revision,
        is_first_release,
        is_latest,
        retrieved_from,
        is_synthetic,
        fetched_at,
        response_id
    from vintages

)

select * from final
