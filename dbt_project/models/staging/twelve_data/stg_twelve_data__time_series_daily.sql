with

time_series_daily as (

    select * from {{ source('twelve_data', 'time_series_daily') }}

),

newest as (

    select distinct on (symbol, datetime)
        time_series_daily.*,
        count(*) filter (where is_final) over versions as final_version_count,
        min(fetched_at) over versions as first_fetched_at
    from time_series_daily
    window versions as (partition by symbol, datetime)
    order by symbol, datetime, fetched_at desc, request_id desc

),

final as (

    select
        symbol as twelve_data_symbol,
        cast(datetime as date) as session_date,
        cast(open as double precision) as open_price,
        cast(high as double precision) as high_price,
        cast(low as double precision) as low_price,
        cast(close as double precision) as close_price,
        cast(volume as double precision) as volume,
        {{ text_or_null('currency') }} as currency,
        {{ text_or_null('exchange') }} as exchange,
        {{ text_or_null('mic_code') }} as mic_code,
        {{ text_or_null('exchange_timezone') }} as exchange_timezone,
        {{ text_or_null('instrument_type') }} as instrument_type,
        {{ text_or_null('adjust') }} as price_adjustment,
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
