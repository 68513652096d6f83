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

provider_symbols as (

    select * from {{ ref('int_provider_symbols_mapped') }}

),

instruments as (

    select * from {{ ref('dim_instruments') }}

),

delivered as (

    select
        'twelve_data' as provider,
        twelve_data_symbol as provider_symbol,
        session_date,
        open_price,
        high_price,
        low_price,
        close_price,
        volume,
        price_adjustment as price_basis,
        is_final,
        is_synthetic,
        fetched_at,
        response_id
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
        price_basis,
        is_final,
        is_synthetic,
        fetched_at,
        response_id
    from fmp_bars

    union all

    select
        'coingecko' as provider,
        coingecko_id as provider_symbol,
        session_date,
        cast(null as double precision) as open_price,
        cast(null as double precision) as high_price,
        cast(null as double precision) as low_price,
        close_price,
        volume,
        quote_currency as price_basis,
        true as is_final,
        is_synthetic,
        fetched_at,
        response_id
    from coingecko_bars

),

final as (

    select
        instruments.symbol,
        delivered.session_date as date,
        delivered.open_price as open,
        delivered.high_price as high,
        delivered.low_price as low,
        delivered.close_price as close,
        delivered.volume,
        delivered.price_basis,
        delivered.provider,
        delivered.provider_symbol,
        provider_symbols.instrument_id,
        instruments.asset_class,
        delivered.is_final,
        delivered.is_synthetic,
        delivered.fetched_at,
        delivered.response_id
    from delivered
    inner join provider_symbols
        on
            delivered.provider = provider_symbols.provider
            and delivered.provider_symbol = provider_symbols.provider_symbol
            and {{ is_within('delivered.session_date', 'provider_symbols') }}
    inner join instruments
        on provider_symbols.instrument_id = instruments.instrument_id

)

select * from final
