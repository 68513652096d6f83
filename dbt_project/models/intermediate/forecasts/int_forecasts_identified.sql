with

forecasts as (

    select * from {{ ref('stg_marketflow__forecasts') }}

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
        run_id,
        case when subject_kind = 'instrument' then subject_id end as instrument_id,
        case when subject_kind = 'series' then subject_id end as series_id
    from forecasts

)

select * from final
