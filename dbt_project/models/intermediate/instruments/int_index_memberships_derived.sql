with

stays as (

    select * from {{ ref('int_index_stays_told') }}

),

listings as (

    select * from {{ ref('int_index_listings_identified') }}

),

list_days as (

    select distinct
        index_name,
        snapshot_date
    from listings

),

listed as (

    select
        index_name,
        instrument_id,
        min(first_added_on) as first_added_on,
        min(snapshot_date) as first_listed_on,
        max(snapshot_date) as last_listed_on,
        min(min(snapshot_date)) over (partition by index_name) as first_snapshot_date
    from listings
    group by index_name, instrument_id

),

last_stays as (

    select
        index_name,
        instrument_id,
        max(coalesce(left_on, 'infinity')) as left_on
    from stays
    group by index_name, instrument_id

),

-- In a list, and no change tells of this stay. Where both speak, changes are believed.
stays_of_lists as (

    select
        listed.index_name,
        listed.instrument_id,
        coalesce(
            listed.first_added_on,
            case
                when listed.first_listed_on > listed.first_snapshot_date
                    then listed.first_listed_on
            end
        ) as joined_on,
        cast(null as date) as left_on
    from listed
    left join last_stays
        on
            listed.index_name = last_stays.index_name
            and listed.instrument_id = last_stays.instrument_id
    where last_stays.left_on is null or listed.first_added_on >= last_stays.left_on

),

all_stays as (

    select * from stays
    union all
    select * from stays_of_lists

),

-- A stay that no change ends is over on the day of the first list without the company.
first_misses as (

    select
        all_stays.index_name,
        all_stays.instrument_id,
        all_stays.joined_on,
        min(list_days.snapshot_date) as missed_on
    from all_stays
    left join listed
        on
            all_stays.index_name = listed.index_name
            and all_stays.instrument_id = listed.instrument_id
    inner join list_days
        on
            all_stays.index_name = list_days.index_name
            and list_days.snapshot_date
            > greatest(all_stays.joined_on, listed.last_listed_on, cast('-infinity' as date))
    where all_stays.left_on is null
    group by all_stays.index_name, all_stays.instrument_id, all_stays.joined_on

),

final as (

    select
        all_stays.index_name,
        all_stays.instrument_id,
        all_stays.joined_on,
        coalesce(all_stays.left_on, first_misses.missed_on) as left_on,
        first_misses.missed_on is not null as is_end_assumed
    from all_stays
    left join first_misses
        on
            all_stays.index_name = first_misses.index_name
            and all_stays.instrument_id = first_misses.instrument_id
            and all_stays.joined_on is not distinct from first_misses.joined_on

)

select * from final
