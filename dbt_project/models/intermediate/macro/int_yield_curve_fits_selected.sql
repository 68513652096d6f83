with

yield_curve_fits as (

    select * from {{ ref('stg_marketflow__yield_curve_fits') }}

),

final as (

    -- Of the newest yields of the day, the fit of the newest code.
    select distinct on (observation_date)
        observation_date,
        model_version,
        yields_known_from,
        tenor_count,
        level_pct,
        slope_pct,
        curvature_pct,
        decay_months,
        rmse_pct,
        residuals,
        is_synthetic,
        made_at,
        run_id
    from yield_curve_fits
    order by observation_date asc, yields_known_from desc, made_at desc, model_version desc

)

select * from final
