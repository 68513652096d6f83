with

intraday_prices as (

    select * from {{ source('fmp', 'intraday_prices') }}

),

final as (

    select
        symbol as fmp_symbol,
        case when interval = '1hour' then '1h' else interval end as bar_interval,
        cast(date || utc_offset as timestamptz) as bar_start_at,
        date as provider_stamp,
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
    from intraday_prices

)

select * from final
