with

intraday_prices as (

    select * from {{ source('fmp', 'intraday_prices') }}

),

newest as (

    select distinct on (symbol, interval, date, utc_offset) intraday_prices.*
    from intraday_prices
    order by symbol, interval, date, utc_offset, fetched_at desc, request_id desc

),

final as (

    select
        symbol as fmp_symbol,
        case when interval = '1hour' then '1h' else interval end as bar_interval,
        cast(date || utc_offset as timestamptz) as bar_start_at,
        cast(open as double precision) as open_price,
        cast(high as double precision) as high_price,
        cast(low as double precision) as low_price,
        cast(close as double precision) as close_price,
        cast(volume as double precision) as volume,
        is_final,
        request_id,
        response_id,
        fetched_at,
        is_synthetic
    from newest

)

select * from final
