with

yield_curve as (

    select * from {{ ref('fct_yield_curve') }}

),

final as (

    -- A yield has no open, no range and no volume.
    select
        'UST' || upper(tenor) as symbol,
        observation_date as date,
        cast(null as double precision) as open,
        cast(null as double precision) as high,
        cast(null as double precision) as low,
        yield_pct as close,
        cast(null as double precision) as volume,
        case
            when yield_pct - change_1d_pct > 0
                then 100 * change_1d_pct / (yield_pct - change_1d_pct)
        end as price_change_pct,
        cast(null as double precision) as volatility,
        cast(null as double precision) as data_quality_score,
        tenor,
        tenor_months,
        provider,
        is_synthetic
    from yield_curve

)

select * from final
