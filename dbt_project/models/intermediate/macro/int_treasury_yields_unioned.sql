with

fmp_rates as (

    select * from {{ ref('stg_fmp__treasury_rates') }}

),

fred_vintages as (

    select * from {{ ref('int_macro_vintages_unioned') }}

),

treasury_tenors as (

    select * from {{ ref('treasury_tenors') }}

),

providers as (

    select * from {{ ref('providers') }}

),

unioned as (

    select
        yields.tenor,
        fmp_rates.observation_date,
        'fmp' as provider,
        yields.yield_pct,
        fmp_rates.is_synthetic,
        fmp_rates.fetched_at as known_from,
        fmp_rates.response_id
    from fmp_rates
    cross join
        lateral (
            values
            ('1m', fmp_rates.yield_1m_pct),
            ('2m', fmp_rates.yield_2m_pct),
            ('3m', fmp_rates.yield_3m_pct),
            ('6m', fmp_rates.yield_6m_pct),
            ('1y', fmp_rates.yield_1y_pct),
            ('2y', fmp_rates.yield_2y_pct),
            ('3y', fmp_rates.yield_3y_pct),
            ('5y', fmp_rates.yield_5y_pct),
            ('7y', fmp_rates.yield_7y_pct),
            ('10y', fmp_rates.yield_10y_pct),
            ('20y', fmp_rates.yield_20y_pct),
            ('30y', fmp_rates.yield_30y_pct)
        ) as yields (tenor, yield_pct)

    union all

    select
        treasury_tenors.tenor,
        fred_vintages.observation_date,
        'fred' as provider,
        fred_vintages.value as yield_pct,
        fred_vintages.is_synthetic,
        fred_vintages.known_from,
        fred_vintages.response_id
    from fred_vintages
    inner join treasury_tenors
        on fred_vintages.series_id = treasury_tenors.fred_series_id
    where fred_vintages.is_latest

),

by_provider as (

    select
        tenor,
        observation_date,
        max(yield_pct) filter (where provider = 'fmp') as fmp_yield_pct,
        max(yield_pct) filter (where provider = 'fred') as fred_yield_pct
    from unioned
    group by tenor, observation_date

),

final as (

    select distinct on (unioned.tenor, unioned.observation_date)
        unioned.tenor,
        unioned.observation_date,
        unioned.provider,
        unioned.yield_pct,
        by_provider.fmp_yield_pct,
        by_provider.fred_yield_pct,
        unioned.is_synthetic,
        unioned.known_from,
        unioned.response_id
    from unioned
    inner join providers
        on unioned.provider = providers.provider
    inner join by_provider
        on
            unioned.tenor = by_provider.tenor
            and unioned.observation_date = by_provider.observation_date
    where unioned.yield_pct is not null
    order by unioned.tenor, unioned.observation_date, providers.bar_precedence

)

select * from final
