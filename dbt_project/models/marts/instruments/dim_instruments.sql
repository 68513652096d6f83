with

tracked_instruments as (

    select * from {{ ref('stg_marketflow__tracked_instruments') }}

),

profiles as (

    select * from {{ ref('stg_fmp__profiles') }}

),

constituents as (

    select * from {{ ref('stg_fmp__sp500_constituents') }}

),

newest_list as (

    select max(snapshot_date) as snapshot_date
    from constituents

),

newest_constituents as (

    select constituents.*
    from constituents
    inner join newest_list
        on constituents.snapshot_date = newest_list.snapshot_date

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
        newest_constituents.fmp_symbol is not null as is_sp500_member,
        profiles.ipo_date,
        tracked_instruments.added_at
    from tracked_instruments
    left join profiles
        on tracked_instruments.fmp_symbol = profiles.fmp_symbol
    left join newest_constituents
        on tracked_instruments.fmp_symbol = newest_constituents.fmp_symbol
    where tracked_instruments.asset_class != 'macro'

)

select * from final
