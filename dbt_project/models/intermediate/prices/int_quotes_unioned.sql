with

quotes as (

    select * from {{ ref('stg_twelve_data__quotes') }}

),

coin_markets as (

    select * from {{ ref('stg_coingecko__coin_markets') }}

),

provider_symbols as (

    select * from {{ ref('int_provider_symbols_mapped') }}

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
