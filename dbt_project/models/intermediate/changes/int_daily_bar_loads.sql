{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}

with

twelve_data_bars as (

    select * from {{ ref('stg_twelve_data__time_series_daily') }}

),

fmp_bars as (

    select * from {{ ref('stg_fmp__eod_prices') }}

),

coingecko_bars as (

    select * from {{ ref('stg_coingecko__market_chart') }}

),

counted as (

    select
        'twelve_data' as provider,
        load_id,
        count(*) as row_count
    from twelve_data_bars
    group by load_id

    union all

    select
        'fmp' as provider,
        load_id,
        count(*) as row_count
    from fmp_bars
    group by load_id

    union all

    select
        'coingecko' as provider,
        load_id,
        count(*) as row_count
    from coingecko_bars
    group by load_id

),

final as (

    {{ new_loads('counted', 'provider') }}

)

select * from final
