with

forecasts as (

    select * from {{ source('marketflow', 'forecasts') }}

),

final as (

    select
        subject_id,
        subject_kind,
        origin_date,
        model,
        model_version,
        horizon,
        target_date,
        origin_value,
        point,
        lower,
        upper,
        naive_scale,
        is_chosen,
        is_synthetic,
        known_as_of,
        made_at,
        run_id
    from forecasts

)

select * from final
