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

intraday_bars as (

    select * from {{ ref('int_intraday_bars_combined') }}

),

daily_bars as (

    select * from {{ ref('int_daily_bars_selected') }}

),

quoted as (

    select
        provider_symbols.instrument_id,
        'twelve_data' as provider,
        'quote' as price_kind,
        quotes.quoted_at as as_of,
        quotes.close_price as price,
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
        'quote' as price_kind,
        coin_markets.snapshot_at as as_of,
        coin_markets.price,
        coin_markets.is_synthetic,
        coin_markets.response_id
    from coin_markets
    inner join provider_symbols
        on
            coin_markets.coingecko_id = provider_symbols.provider_symbol
            and provider_symbols.provider = 'coingecko'
    where coin_markets.quote_currency = 'usd'

),

unioned as (

    select * from quoted

    union all

    -- A bar that is still open tells the price of the instant when it was fetched.
    select
        instrument_id,
        provider,
        'intraday' as price_kind,
        case
            when is_complete
                then bar_start_at + case
                    when bar_interval = '1h' then interval '1 hour'
                    else cast(replace(bar_interval, 'min', ' minutes') as interval)
                end
            else fetched_at
        end as as_of,
        close_price as price,
        is_synthetic,
        response_id
    from intraday_bars
    where is_delivered

    union all

    select
        instrument_id,
        provider,
        'daily' as price_kind,
        closes_at as as_of,
        close_price as price,
        is_synthetic,
        response_id
    from daily_bars

),

final as (

    select distinct on (instrument_id, price_kind)
        instrument_id,
        price_kind,
        provider,
        as_of,
        price,
        is_synthetic,
        response_id
    from unioned
    where price is not null
    order by instrument_id, price_kind, as_of desc, provider

)

select * from final
