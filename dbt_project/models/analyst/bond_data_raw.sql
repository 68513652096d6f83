with

fmp_rates as (

    select * from {{ ref('stg_fmp__treasury_rates') }}

),

fred_observations as (

    select * from {{ ref('stg_fred__observations') }}

),

instruments as (

    select * from {{ ref('dim_instruments') }}

),

final as (

    select
        'UST' || yields.tenor as symbol,
        fmp_rates.observation_date as date,
        yields.yield_pct as close,
        'fmp' as provider,
        cast(null as date) as release_date,
        fmp_rates.is_synthetic,
        fmp_rates.fetched_at,
        fmp_rates.response_id
    from fmp_rates
    cross join
        lateral (
            values
            ('1M', fmp_rates.yield_1m_pct),
            ('2M', fmp_rates.yield_2m_pct),
            ('3M', fmp_rates.yield_3m_pct),
            ('6M', fmp_rates.yield_6m_pct),
            ('1Y', fmp_rates.yield_1y_pct),
            ('2Y', fmp_rates.yield_2y_pct),
            ('3Y', fmp_rates.yield_3y_pct),
            ('5Y', fmp_rates.yield_5y_pct),
            ('7Y', fmp_rates.yield_7y_pct),
            ('10Y', fmp_rates.yield_10y_pct),
            ('20Y', fmp_rates.yield_20y_pct),
            ('30Y', fmp_rates.yield_30y_pct)
        ) as yields (tenor, yield_pct)

    union all

    select
        instruments.symbol,
        fred_observations.observation_date as date,
        fred_observations.value as close,
        'fred' as provider,
        fred_observations.realtime_start_date as release_date,
        fred_observations.is_synthetic,
        fred_observations.fetched_at,
        fred_observations.response_id
    from fred_observations
    inner join instruments
        on fred_observations.fred_series_id = instruments.fred_series_id
    where instruments.asset_class = 'treasury'

)

select * from final
