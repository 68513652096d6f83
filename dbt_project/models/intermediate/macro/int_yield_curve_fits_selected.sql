with

yield_curve_fits as (

    select * from {{ ref('stg_marketflow__yield_curve_fits') }}

),

final as (

    -- Of the newest yields of the day, the fit of the newest code.
    select distinct on (observation_date) *
    from yield_curve_fits
    order by observation_date asc, yields_known_from desc, made_at desc, model_version desc

)

select * from final
