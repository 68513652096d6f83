with

changes as (

    select * from {{ ref('int_index_changes_identified') }}

),

steps as (

    -- Under a new ticker a company leaves and joins on one day: it leaves first.
    select
        changes.*,
        lag(is_joining) over told as was_joining
    from changes
    window told as (
        partition by index_name, instrument_id order by effective_date, is_joining
    )

),

turns as (

    -- A change that only repeats the one before it begins and ends nothing.
    select
        steps.*,
        lead(effective_date) over told as next_date
    from steps
    where was_joining is distinct from is_joining
    window told as (
        partition by index_name, instrument_id order by effective_date, is_joining
    )

),

final as (

    select
        index_name,
        instrument_id,
        case when is_joining then effective_date end as joined_on,
        case when is_joining then next_date else effective_date end as left_on
    from turns
    -- Who leaves without ever having joined was there before the first change.
    where is_joining or was_joining is null

)

select * from final
