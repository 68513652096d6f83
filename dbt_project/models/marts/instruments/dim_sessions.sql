with

sessions as (

    select * from {{ ref('int_sessions_corrected') }}

),

final as (

    select
        calendar,
        session_date,
        is_half_day,
        opens_at,
        closes_at,
        lag(session_date) over calendar_days as previous_session_date,
        lead(session_date) over calendar_days as next_session_date
    from sessions
    window calendar_days as (partition by calendar order by session_date)

)

select * from final
