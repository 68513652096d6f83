with

index_members as (

    select * from {{ source('marketflow', 'index_members') }}

),

final as (

    select
        ticker as fmp_symbol,
        {{ text_or_null('name') }} as name,
        instrument_id,
        added_at
    from index_members

)

select * from final
