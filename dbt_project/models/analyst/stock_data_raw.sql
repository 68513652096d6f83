with

daily_data_raw as (

    select * from {{ ref('daily_data_raw') }}

),

final as (

    select
        symbol,
        date,
        open,
        high,
        low,
        close,
        volume,
        price_basis,
        provider,
        provider_symbol,
        instrument_id,
        asset_class,
        is_final,
        is_synthetic,
        fetched_at,
        response_id
    from daily_data_raw
    where asset_class in ('equity', 'etf')

)

select * from final
