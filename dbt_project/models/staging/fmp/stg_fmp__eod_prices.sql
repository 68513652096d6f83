with

eod_prices as (

    select * from {{ source('fmp', 'eod_prices') }}

),

newest as (

    select distinct on (symbol, date, price_basis)
        eod_prices.*,
        count(*) filter (where is_final) over versions as final_version_count,
        min(fetched_at) over versions as first_fetched_at
    from eod_prices
    window versions as (partition by symbol, date, price_basis)
    order by symbol, date, price_basis, fetched_at desc, request_id desc

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
        final_version_count,
        first_fetched_at,
        request_id,
        response_id,
        fetched_at,
        is_synthetic
    from newest

)

select * from final
