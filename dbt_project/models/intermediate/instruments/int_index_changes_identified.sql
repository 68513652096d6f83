with

constituent_changes as (

    select * from {{ ref('stg_fmp__sp500_constituent_changes') }}

),

index_members as (

    select * from {{ ref('stg_marketflow__index_members') }}

),

unioned as (

    select
        effective_date,
        added_symbol as fmp_symbol,
        added_name as name,
        true as is_joining
    from constituent_changes

    union all

    select
        effective_date,
        removed_symbol as fmp_symbol,
        removed_name as name,
        false as is_joining
    from constituent_changes

),

final as (

    select distinct
        'SP500' as index_name,
        index_members.instrument_id,
        unioned.effective_date,
        unioned.is_joining
    from unioned
    inner join index_members
        on
            unioned.fmp_symbol = index_members.fmp_symbol
            and coalesce(unioned.name, '') = coalesce(index_members.name, '')
    where unioned.effective_date is not null

)

select * from final
