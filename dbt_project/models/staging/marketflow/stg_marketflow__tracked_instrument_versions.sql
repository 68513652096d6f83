with

tracked_instrument_versions as (

    select * from {{ source('marketflow', 'tracked_instrument_versions') }}

),

final as (

    select
        instrument_id,
        known_from,
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
        is_active
    from tracked_instrument_versions

)

select * from final
