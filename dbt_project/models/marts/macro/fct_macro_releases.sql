with

release_days as (

    select * from {{ ref('int_macro_release_days_classified') }}

),

final as (

    select
        release_id,
        release_date,
        release_name,
        status,
        series_count,
        new_value_count,
        revised_value_count,
        first_heard_at,
        is_synthetic
    from release_days

)

select * from final
