with

splits as (

    select * from {{ source('fmp', 'splits') }}

),

final as (

    select
        symbol as fmp_symbol,
        cast(date as date) as ex_date,
        cast(numerator as double precision) as numerator,
        cast(denominator as double precision) as denominator,
        {{ text_or_null('split_type') }} as split_type,
        request_id,
        response_id,
        fetched_at,
        is_synthetic
    from splits

)

select * from final
