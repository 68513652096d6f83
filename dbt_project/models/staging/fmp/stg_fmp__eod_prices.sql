with

eod_prices as (

    select * from {{ source('fmp', 'eod_prices') }}

),

final as (

    select
        symbol as fmp_symbol,
        cast(date as date) as session_date,
        price_basis,
        cast(open as double precision) as open_price,
        cast(high as double precision) as high_price,
        cast(low as double precision) as low_price,
        cast(close as double precision) as close_price,
        cast(volume as double precision) as volume,
        is_final,
        request_id,
        response_id,
        fetched_at,
        _dlt_load_id as load_id,
        is_synthetic
    from eod_prices

)

select * from final
