with

tracked_instruments as (

    select * from {{ source('marketflow', 'tracked_instruments') }}

),

final as (

    select
        instrument_id,
        symbol,
        name,
        asset_class,
        calendar,
        currency,
        twelve_data_symbol,
        fmp_symbol,
        coingecko_id,
        fred_series_id,
        former_symbols,
        is_active,
        added_at,
        updated_at
    from tracked_instruments

)

select * from final
