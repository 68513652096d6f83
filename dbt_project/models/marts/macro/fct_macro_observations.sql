with

vintages as (

    select * from {{ ref('int_macro_vintages_unioned') }}

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
