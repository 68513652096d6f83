with

changes as (

    select * from {{ ref('int_index_changes_identified') }}

),

listings as (

    select * from {{ ref('int_index_listings_identified') }}

),

known_days as (

    select
        index_name,
        effective_date as known_date
    from changes

    union all

    select
        index_name,
        snapshot_date as known_date
    from listings

),

final as (

    select
        index_name,
        min(known_date) as first_date
    from known_days
    group by index_name

)

select * from final
