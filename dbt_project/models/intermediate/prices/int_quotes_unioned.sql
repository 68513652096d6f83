with

quotes as (

    select * from {{ ref('stg_twelve_data__quotes') }}

),

fmp_quotes as (

    select * from {{ ref('stg_fmp__quotes') }}

),

coin_markets as (

    select * from {{ ref('stg_coingecko__coin_markets') }}

),

provider_symbols as (

    select * from {{ ref('int_provider_symbols_mapped') }}

),

tracked_instruments as (

    select * from {{ ref('stg_marketflow__tracked_instruments') }}

),

final as (

    select
        provider_symbols.instrument_id,
        'twelve_data' as provider,
        quotes.quoted_at as as_of,
        quotes.close_price as price,
        provider_symbols.is_former as is_former_symbol,
        quotes.is_synthetic,
        quotes.response_id
    from quotes
    inner join provider_symbols
        on
            quotes.twelve_data_symbol = provider_symbols.provider_symbol
            and provider_symbols.provider = 'twelve_data'
            and {{ is_within('quotes.quoted_at', 'provider_symbols') }}

    union all

    -- Metals of Twelve Data are spot, those of FMP futures: one instrument is not both.
    select
        provider_symbols.instrument_id,
        'fmp' as provider,
        fmp_quotes.quoted_at as as_of,
        fmp_quotes.price,
        provider_symbols.is_former as is_former_symbol,
        fmp_quotes.is_synthetic,
        fmp_quotes.response_id
    from fmp_quotes
    inner join provider_symbols
        on
            fmp_quotes.fmp_symbol = provider_symbols.provider_symbol
            and provider_symbols.provider = 'fmp'
            and {{ is_within('fmp_quotes.quoted_at', 'provider_symbols') }}
    inner join tracked_instruments
        on provider_symbols.instrument_id = tracked_instruments.instrument_id
    where
        tracked_instruments.asset_class != 'commodity'
        or tracked_instruments.twelve_data_symbol is null

    union all

    select
        provider_symbols.instrument_id,
        'coingecko' as provider,
        coin_markets.snapshot_at as as_of,
        coin_markets.price,
        provider_symbols.is_former as is_former_symbol,
        coin_markets.is_synthetic,
        coin_markets.response_id
    from coin_markets
    inner join provider_symbols
        on
            coin_markets.coingecko_id = provider_symbols.provider_symbol
            and provider_symbols.provider = 'coingecko'
    where coin_markets.quote_currency = 'usd'

)

select * from final
