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

reconciled as (

    select
        yields.*,
        -- Rounded to what the Treasury publishes and a digit more, so that 4.33 - 4.34 is -0.01.
        cast(
            round(cast(fmp_yield_pct - fred_yield_pct as numeric), 4) as double precision
        ) as difference_pct,
        yield_pct - lag(yield_pct) over days as change_1d_pct
    from yields
    window days as (partition by tenor order by observation_date)

),

final as (

    select
        reconciled.tenor,
        reconciled.observation_date,
        treasury_tenors.tenor_months,
        reconciled.provider,
        reconciled.yield_pct,
        reconciled.change_1d_pct,
        benchmarks.yield_10y_pct - benchmarks.yield_2y_pct as spread_10y_2y_pct,
        benchmarks.yield_10y_pct - benchmarks.yield_3m_pct as spread_10y_3m_pct,
        reconciled.fmp_yield_pct,
        reconciled.fred_yield_pct,
        reconciled.difference_pct,
        case
            when reconciled.difference_pct is null then 'insufficient'
            when reconciled.difference_pct = 0 then 'agree'
            -- One in the last digit that the Treasury publishes: rounded elsewhere.
            when abs(reconciled.difference_pct) <= 0.01 then 'within_tolerance'
            else 'conflict'
        end as verdict,
        reconciled.is_synthetic,
        reconciled.known_from,
        reconciled.response_id
    from reconciled
    inner join treasury_tenors
        on reconciled.tenor = treasury_tenors.tenor
    inner join benchmarks
        on reconciled.observation_date = benchmarks.observation_date

)

select * from final
