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
        final_version_count,
        first_fetched_at,
        fetched_at,
        response_id,
        is_synthetic
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
        final_version_count,
        first_fetched_at,
        fetched_at,
        response_id,
        is_synthetic
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
        final_version_count,
        first_fetched_at,
        fetched_at,
        response_id,
        is_synthetic
    from coingecko_bars
    where quote_currency = 'usd'

),

final as (

    select
        provider_symbols.instrument_id,
        unioned.provider,
        unioned.provider_symbol,
        unioned.session_date,
        unioned.open_price,
        unioned.high_price,
        unioned.low_price,
        unioned.close_price,
        unioned.volume,
        unioned.is_final,
        provider_symbols.is_former as is_former_symbol,
        unioned.is_synthetic,
        unioned.final_version_count,
        unioned.first_fetched_at,
        unioned.fetched_at,
        unioned.response_id
    from unioned
    inner join provider_symbols
        on
            unioned.provider = provider_symbols.provider
            and unioned.provider_symbol = provider_symbols.provider_symbol
            and {{ is_within('unioned.session_date', 'provider_symbols') }}

)

select * from final
