with

memberships as (

    select * from {{ ref('int_index_memberships_derived') }}

),

first_days as (

    select * from {{ ref('int_index_first_days') }}

),

daily_bars as (

    select * from {{ ref('fct_daily_bars') }}

),

instruments as (

    select * from {{ ref('dim_instruments') }}

),

index_members as (

    select
        memberships.index_name,
        memberships.instrument_id,
        greatest(memberships.joined_on, first_days.first_date) as first_date,
        memberships.left_on as end_date,
        memberships.joined_on,
        memberships.is_end_assumed
    from memberships
    inner join first_days
        on memberships.index_name = first_days.index_name
    where coalesce(memberships.left_on, 'infinity') > first_days.first_date

),

tracked_members as (

    select
        'TRACKED' as index_name,
        instrument_id,
        min(session_date) as first_date,
        max(session_date) + 1 as day_after_last_bar,
        cast(null as date) as joined_on,
        false as is_end_assumed
    from daily_bars
    group by instrument_id

),

unioned as (

    select * from index_members

    union all

    -- What left the universe is no longer asked about: it was a member up to its last bar.
    select
        tracked_members.index_name,
        tracked_members.instrument_id,
        tracked_members.first_date,
        case when not instruments.is_active then tracked_members.day_after_last_bar end as end_date,
        tracked_members.joined_on,
        tracked_members.is_end_assumed
    from tracked_members
    inner join instruments
        on tracked_members.instrument_id = instruments.instrument_id

),

final as (

    select
        unioned.index_name,
        unioned.instrument_id,
        instruments.symbol,
        unioned.joined_on,
        unioned.is_end_assumed,
        cast(unioned.first_date as timestamptz) as valid_from,
        cast(unioned.end_date as timestamptz) as valid_to
    from unioned
    inner join instruments
        on unioned.instrument_id = instruments.instrument_id

)

select * from final
