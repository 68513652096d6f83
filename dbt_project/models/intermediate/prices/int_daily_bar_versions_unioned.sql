{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['provider', 'provider_symbol', 'session_date', 'request_id'],
        pre_hook="{{ take_changes('int_daily_bar_loads') }}",
        post_hook="{{ keep_position() }}",
    )
}}

with

loads as (

    {{ log_rows_taken('int_daily_bar_loads', 'int_daily_bar_versions_unioned') }}

),

twelve_data_bars as (

    select * from {{ ref('stg_twelve_data__time_series_daily') }}

),

fmp_bars as (

    select * from {{ ref('stg_fmp__eod_prices') }}

),

coingecko_bars as (

    select * from {{ ref('stg_coingecko__market_chart') }}

),

unioned as (

    select
        'twelve_data' as provider,
        twelve_data_symbol as provider_symbol,
        session_date,
        open_price,
        high_price,
        low_price,
        close_price,
        volume,
        is_final,
        is_synthetic,
        fetched_at,
        request_id,
        response_id,
        load_id
    from twelve_data_bars

    union all

    select
        'fmp' as provider,
        fmp_symbol as provider_symbol,
        session_date,
        open_price,
        high_price,
        low_price,
        close_price,
        volume,
        is_final,
        is_synthetic,
        fetched_at,
        request_id,
        response_id,
        load_id
    from fmp_bars
    where price_basis = 'as_traded'

    union all

    -- CoinGecko's daily chart has a price and no open, high or low.
    select
        'coingecko' as provider,
        coingecko_id as provider_symbol,
        session_date,
        cast(null as double precision) as open_price,
        cast(null as double precision) as high_price,
        cast(null as double precision) as low_price,
        close_price,
        volume,
        true as is_final,
        is_synthetic,
        fetched_at,
        request_id,
        response_id,
        load_id
    from coingecko_bars
    where quote_currency = 'usd'

),

final as (

    select unioned.*
    from loads
    inner join unioned
        on
            loads.provider = unioned.provider
            and loads.load_id = unioned.load_id

)

select * from final
