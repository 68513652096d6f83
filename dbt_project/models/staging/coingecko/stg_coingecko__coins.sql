with

coins as (

    select * from {{ source('coingecko', 'coins') }}

),

newest as (

    select distinct on (id) coins.*
    from coins
    order by id, fetched_at desc, request_id desc

),

final as (

    select
        id as coingecko_id,
        {{ text_or_null('symbol') }} as coin_symbol,
        {{ text_or_null('name') }} as name,
        request_id,
        response_id,
        fetched_at,
        is_synthetic
    from newest

)

select * from final
