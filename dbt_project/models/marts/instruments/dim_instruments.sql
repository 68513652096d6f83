with

tracked_instruments as (

    select * from {{ ref('stg_marketflow__tracked_instruments') }}

),

profiles as (

    select * from {{ ref('stg_fmp__profiles') }}
    where is_newest

),

listings as (

    select * from {{ ref('int_index_listings_identified') }}

),

newest_constituents as (

    select * from listings
    where next_snapshot_date is null

),

final as (

    select
        tracked_instruments.instrument_id,
        tracked_instruments.symbol,
        tracked_instruments.name,
        tracked_instruments.asset_class,
        tracked_instruments.currency,
        tracked_instruments.calendar,
        profiles.exchange,
        profiles.country,
        coalesce(profiles.sector, newest_constituents.sector) as sector,
        coalesce(profiles.industry, newest_constituents.industry) as industry,
        profiles.description,
        profiles.website,
        profiles.employee_count,
        profiles.cik,
        profiles.isin,
        profiles.cusip,
        tracked_instruments.twelve_data_symbol,
        tracked_instruments.fmp_symbol,
        tracked_instruments.coingecko_id,
        tracked_instruments.fred_series_id,
        tracked_instruments.former_symbols,
        tracked_instruments.is_active,
        newest_constituents.instrument_id is not null as is_sp500_member,
        profiles.ipo_date,
        tracked_instruments.added_at
    from tracked_instruments
    left join profiles
        on tracked_instruments.fmp_symbol = profiles.fmp_symbol
    left join newest_constituents
        on tracked_instruments.instrument_id = newest_constituents.instrument_id
    where tracked_instruments.asset_class != 'macro'

)

select * from final
