with

sp500_constituents as (

    select * from {{ source('fmp', 'sp500_constituents') }}

),

newest as (

    select distinct on (symbol, snapshot_date) sp500_constituents.*
    from sp500_constituents
    order by symbol, snapshot_date, fetched_at desc, request_id desc

),

final as (

    select
        symbol as fmp_symbol,
        cast(snapshot_date as date) as snapshot_date,
        {{ text_or_null('name') }} as name,
        {{ text_or_null('sector') }} as sector,
        {{ text_or_null('sub_sector') }} as industry,
        {{ text_or_null('head_quarter') }} as headquarters,
        {{ text_or_null('date_first_added') }} as first_added_on,
        {{ text_or_null('cik') }} as cik,
        {{ text_or_null('founded') }} as founded,
        request_id,
        response_id,
        fetched_at,
        is_synthetic
    from newest

)

select * from final
