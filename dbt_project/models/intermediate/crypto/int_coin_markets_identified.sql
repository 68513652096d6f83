with

coin_markets as (

    select * from {{ ref('stg_coingecko__coin_markets') }}

),

provider_symbols as (

    select * from {{ ref('int_provider_symbols_mapped') }}

),

final as (

    select
        provider_symbols.instrument_id,
        coin_markets.*
    from coin_markets
    inner join provider_symbols
        on
            coin_markets.coingecko_id = provider_symbols.provider_symbol
            and provider_symbols.provider = 'coingecko'
    where coin_markets.quote_currency = 'usd'

)

select * from final
