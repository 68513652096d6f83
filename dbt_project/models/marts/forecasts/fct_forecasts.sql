with

forecasts as (

    select * from {{ ref('int_forecasts_identified') }}

),

instruments as (

    select * from {{ ref('dim_instruments') }}

),

final as (

    select
        forecasts.subject_id,
        forecasts.origin_date,
        forecasts.model,
        forecasts.model_version,
        forecasts.horizon,
        forecasts.instrument_id,
        instruments.symbol,
        forecasts.series_id,
        forecasts.target_date,
        forecasts.origin_value,
        forecasts.point,
        forecasts.lower,
        forecasts.upper,
        forecasts.naive_scale,
        forecasts.is_chosen,
        forecasts.is_synthetic,
        forecasts.known_as_of,
        forecasts.made_at,
        forecasts.run_id
    from forecasts
    left join instruments
        on forecasts.instrument_id = instruments.instrument_id

)

select * from final
