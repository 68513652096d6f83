with

sessions as (

    select * from {{ ref('int_sessions_corrected') }}

),

final as (

    -- Stock exchanges alone trade before their open and after their close, on the same day.
    select
        calendar,
        session_date,
        opens_at,
        closes_at,
        case
            when calendar = 'XNYS'
                then cast(session_date as timestamp) at time zone 'America/New_York'
            else opens_at
        end as bars_from,
        case
            when calendar = 'XNYS'
                then cast(session_date + 1 as timestamp) at time zone 'America/New_York'
            else closes_at
        end as bars_to
    from sessions

)

select * from final
