with

tracked_instruments as (

    select * from {{ ref('stg_marketflow__tracked_instruments') }}

),

ticker_changes as (

    select * from {{ ref('ticker_changes') }}

),

current_symbols as (

    select
        tracked_instruments.instrument_id,
        tracked_instruments.symbol,
        tracked_instruments.former_symbols,
        tracked_instruments.is_active,
        tracked_instruments.added_at,
        names.provider,
        names.provider_symbol
    from tracked_instruments
    cross join
        lateral (
            values
            ('twelve_data', tracked_instruments.twelve_data_symbol),
            ('fmp', tracked_instruments.fmp_symbol),
            ('coingecko', tracked_instruments.coingecko_id),
            ('fred', tracked_instruments.fred_series_id)
        ) as names (provider, provider_symbol)
    where names.provider_symbol is not null

),

-- What was fetched under the old ticker still belongs to the instrument.
former_symbols as (

    select
        current_symbols.*,
        former.former_symbol
    from current_symbols
    cross join
        lateral
        regexp_split_to_table(current_symbols.former_symbols, '\s+') as former (former_symbol)
    where
        current_symbols.provider in ('twelve_data', 'fmp')
        and former.former_symbol != ''

),

dated_symbols as (

    select
        current_symbols.*,
        ticker_changes.former_symbol,
        ticker_changes.first_date,
        ticker_changes.changed_on
    from current_symbols
    inner join ticker_changes
        on current_symbols.symbol = ticker_changes.symbol
    where current_symbols.provider in ('twelve_data', 'fmp')

),

final as (

    select
        provider,
        provider_symbol,
        instrument_id,
        false as is_former,
        is_active,
        added_at,
        cast(null as date) as valid_from,
        cast(null as date) as valid_to
    from current_symbols

    union all

    select
        former_symbols.provider,
        former_symbols.former_symbol as provider_symbol,
        former_symbols.instrument_id,
        true as is_former,
        former_symbols.is_active,
        former_symbols.added_at,
        cast(null as date) as valid_from,
        cast(null as date) as valid_to
    from former_symbols
    left join dated_symbols
        on
            former_symbols.instrument_id = dated_symbols.instrument_id
            and former_symbols.provider = dated_symbols.provider
            and former_symbols.former_symbol = dated_symbols.former_symbol
    where dated_symbols.instrument_id is null

    union all

    select
        provider,
        former_symbol as provider_symbol,
        instrument_id,
        true as is_former,
        is_active,
        added_at,
        first_date as valid_from,
        changed_on as valid_to
    from dated_symbols

)

select * from final
