with

sessions as (

    select * from {{ ref('stg_marketflow__sessions') }}

),

session_overrides as (

    select * from {{ ref('session_overrides') }}

),

untouched_sessions as (

    select sessions.*
    from sessions
    left join session_overrides
        on
            sessions.calendar = session_overrides.calendar
            and sessions.session_date = session_overrides.session_date
    where session_overrides.session_date is null

),

final as (

    select
        calendar,
        session_date,
        is_half_day,
        opens_at,
        closes_at
    from untouched_sessions

    union all

    -- A line without hours is a day on which the market is closed.
    select
        calendar,
        session_date,
        coalesce(is_half_day, false) as is_half_day,
        opens_at,
        closes_at
    from session_overrides
    where opens_at is not null

)

select * from final
