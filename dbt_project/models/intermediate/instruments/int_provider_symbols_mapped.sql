with

tracked_instruments as (

    select * from {{ ref('stg_marketflow__tracked_instruments') }}

),

current_symbols as (

    select
        tracked_instruments.instrument_id,
        names.provider,
        names.provider_symbol,
        false as is_former
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

former_symbols as (

    -- What was fetched under the old ticker still belongs to the instrument.
    select
        current_symbols.instrument_id,
        current_symbols.provider,
        former.provider_symbol,
        true as is_former
    from current_symbols
    inner join tracked_instruments
        on current_symbols.instrument_id = tracked_instruments.instrument_id
    cross join
        lateral
        regexp_split_to_table(tracked_instruments.former_symbols, '\s+') as former (provider_symbol)
    where
        current_symbols.provider in ('twelve_data', 'fmp')
        and former.provider_symbol != ''

),

all_symbols as (

    select * from current_symbols
    union all
    select * from former_symbols

),

final as (

    -- A reused ticker means its present owner; among instruments alike, the active one.
    select distinct on (all_symbols.provider, all_symbols.provider_symbol)
        all_symbols.provider,
        all_symbols.provider_symbol,
        all_symbols.instrument_id,
        all_symbols.is_former
    from all_symbols
    inner join tracked_instruments
        on all_symbols.instrument_id = tracked_instruments.instrument_id
    order by
        all_symbols.provider,
        all_symbols.provider_symbol,
        all_symbols.is_former,
        tracked_instruments.is_active desc,
        tracked_instruments.added_at desc,
        all_symbols.instrument_id

)

select * from final
