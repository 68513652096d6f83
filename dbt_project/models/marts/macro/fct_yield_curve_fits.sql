with

yield_curve_fits as (

    select * from {{ ref('int_yield_curve_fits_selected') }}

),

final as (

    select
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

)

select * from final
