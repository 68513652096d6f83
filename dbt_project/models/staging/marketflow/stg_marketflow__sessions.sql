with

sessions as (

    select * from {{ source('marketflow', 'sessions') }}

),

final as (

    select
        calendar,
        session_date,
        opens_at,
        closes_at,
        is_half_day
    from sessions

)

select * from final
