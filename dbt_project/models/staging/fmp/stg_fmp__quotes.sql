with

quotes as (

    select * from {{ source('fmp', 'quotes') }}

),

newest as (

    select distinct on (symbol, timestamp) quotes.*
    from quotes
    order by symbol, timestamp, fetched_at desc, request_id desc

),

final as (

    select
        symbol as fmp_symbol,
        {{ instant_from_epoch('cast(timestamp as numeric) * 1000') }} as quoted_at,
        {{ text_or_null('name') }} as name,
        {{ text_or_null('exchange') }} as exchange,
        cast(price as double precision) as price,
        cast(open as double precision) as open_price,
        cast(day_high as double precision) as high_price,
        cast(day_low as double precision) as low_price,
        cast(volume as double precision) as volume,
        cast(previous_close as double precision) as previous_close_price,
        cast(change as double precision) as price_change,
        cast(change_percentage as double precision) as price_change_pct,
        cast(year_high as double precision) as year_high_price,
        cast(year_low as double precision) as year_low_price,
        cast(price_avg_50 as double precision) as average_price_50,
        cast(price_avg_200 as double precision) as average_price_200,
        cast(market_cap as double precision) as market_cap,
        request_id,
        response_id,
        fetched_at,
        is_synthetic
    from newest

)

select * from final
