with

tracked_instruments as (

    select * from {{ ref('stg_marketflow__tracked_instruments') }}

),

tracked_versions as (

    select * from {{ ref('stg_marketflow__tracked_instrument_versions') }}

),

profiles as (

    select * from {{ ref('stg_fmp__profiles') }}

),

provider_symbols as (

    select * from {{ ref('int_provider_symbols_mapped') }}

),

listings as (

    select * from {{ ref('int_index_listings_identified') }}

),

final as (

    select
        instrument_id,
        'universe' as told_by,
        known_from,
        cast(null as text) as provider_symbol,
        symbol,
        name,
        cast(null as text) as exchange,
        cast(null as text) as sector,
        cast(null as text) as industry
    from tracked_versions

    union

    -- The universe as it is now: the only version of a warehouse that kept none before.
    select
        instrument_id,
        'universe' as told_by,
        updated_at as known_from,
        cast(null as text) as provider_symbol,
        symbol,
        name,
        cast(null as text) as exchange,
        cast(null as text) as sector,
        cast(null as text) as industry
    from tracked_instruments

    union all

    select
        provider_symbols.instrument_id,
        'profile' as told_by,
        profiles.fetched_at as known_from,
        profiles.fmp_symbol as provider_symbol,
        cast(null as text) as symbol,
        cast(null as text) as name,
        profiles.exchange,
        profiles.sector,
        profiles.industry
    from profiles
    inner join provider_symbols
        on
            profiles.fmp_symbol = provider_symbols.provider_symbol
            and provider_symbols.provider = 'fmp'
            and {{ is_within('profiles.fetched_at', 'provider_symbols') }}

    union all

    select
        instrument_id,
        'index_list' as told_by,
        fetched_at as known_from,
        cast(null as text) as provider_symbol,
        cast(null as text) as symbol,
        cast(null as text) as name,
        cast(null as text) as exchange,
        sector,
        industry
    from listings

)

select * from final
