with

time_series_intraday as (

    select * from {{ source('twelve_data', 'time_series_intraday') }}

),

final as (

    select
        symbol as twelve_data_symbol,
        interval as bar_interval,
        cast(datetime as timestamp) at time zone 'UTC' as bar_start_at,
        datetime as provider_stamp,
        cast(open as double precision) as open_price,
        cast(high as double precision) as high_price,
        cast(low as double precision) as low_price,
        cast(close as double precision) as close_price,
        cast(volume as double precision) as volume,
        {{ text_or_null('currency') }} as currency,
        {{ text_or_null('exchange') }} as exchange,
        {{ text_or_null('mic_code') }} as mic_code,
        {{ text_or_null('instrument_type') }} as instrument_type,
        is_final,
        request_id,
        response_id,
        fetched_at,
        _dlt_load_id as load_id,
        is_synthetic
    from time_series_intraday

)

select * from final
