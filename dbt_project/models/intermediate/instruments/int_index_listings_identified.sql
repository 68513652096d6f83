with

constituents as (

    select * from {{ ref('stg_fmp__sp500_constituents') }}

),

index_members as (

    select * from {{ ref('stg_marketflow__index_members') }}

),

list_days as (

    select
        snapshot_date,
        lead(snapshot_date) over (order by snapshot_date) as next_snapshot_date
    from constituents
    group by snapshot_date

),

final as (

    select distinct on (index_members.instrument_id, constituents.snapshot_date)
        'SP500' as index_name,
        index_members.instrument_id,
        constituents.snapshot_date,
        list_days.next_snapshot_date,
        constituents.sector,
        constituents.industry,
        case
            when constituents.first_added_on ~ '^\d{4}-\d{2}-\d{2}$'
                then cast(constituents.first_added_on as date)
        end as first_added_on,
        constituents.fetched_at
    from constituents
    inner join index_members
        on
            constituents.fmp_symbol = index_members.fmp_symbol
            and coalesce(constituents.name, '') = coalesce(index_members.name, '')
    inner join list_days
        on constituents.snapshot_date = list_days.snapshot_date
    order by
        index_members.instrument_id,
        constituents.snapshot_date,
        constituents.fetched_at desc,
        constituents.fmp_symbol

)

select * from final
