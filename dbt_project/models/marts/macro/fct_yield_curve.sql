with

yields as (

    select * from {{ ref('int_treasury_yields_unioned') }}

),

treasury_tenors as (

    select * from {{ ref('treasury_tenors') }}

),

benchmarks as (

    select
        observation_date,
        max(yield_pct) filter (where tenor = '3m') as yield_3m_pct,
        max(yield_pct) filter (where tenor = '2y') as yield_2y_pct,
        max(yield_pct) filter (where tenor = '10y') as yield_10y_pct
    from yields
    group by observation_date

),

final as (

    select
        yields.tenor,
        yields.observation_date,
        treasury_tenors.tenor_months,
        yields.provider,
        yields.yield_pct,
        benchmarks.yield_10y_pct - benchmarks.yield_2y_pct as spread_10y_2y_pct,
        benchmarks.yield_10y_pct - benchmarks.yield_3m_pct as spread_10y_3m_pct,
        yields.is_synthetic,
        yields.known_from,
        yields.response_id
    from yields
    inner join treasury_tenors
        on yields.tenor = treasury_tenors.tenor
    inner join benchmarks
        on yields.observation_date = benchmarks.observation_date

)

select * from final
