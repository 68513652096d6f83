with

quotes as (

    select * from {{ source('twelve_data', 'quotes') }}

),

newest as (

    select distinct on (symbol, quoted_at) quotes.*
    from quotes
    order by symbol, quoted_at, fetched_at desc, request_id desc

),

final as (

    select
        symbol as twelve_data_symbol,
        {{ instant_from_epoch('cast(quoted_at as numeric) * 1000') }} as quoted_at,
        {{ text_or_null('name') }} as name,
        {{ text_or_null('exchange') }} as exchange,
        {{ text_or_null('mic_code') }} as mic_code,
        {{ text_or_null('currency') }} as currency,
        cast(open as double precision) as open_price,
        cast(high as double precision) as high_price,
        cast(low as double precision) as low_price,
        cast(close as double precision) as close_price,
        cast(volume as double precision) as volume,
        cast(previous_close as double precision) as previous_close_price,
        cast(change as double precision) as price_change,
        cast(percent_change as double precision) as price_change_pct,
        cast(average_volume as double precision) as average_volume,
        cast(is_market_open as boolean) as was_market_open,
        request_id,
        response_id,
        fetched_at,
        is_synthetic
    from newest

)

select * from final
