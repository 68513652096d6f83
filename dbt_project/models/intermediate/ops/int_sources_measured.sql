with

loaded_responses as (

    select * from {{ ref('stg_marketflow__loaded_responses') }}

),

sessions as (

    select * from {{ ref('int_sessions_corrected') }}

),

providers as (

    select * from {{ ref('providers') }}

),

last_loads as (

    select
        source,
        count(*) as response_count,
        max(fetched_at) as last_fetched_at,
        max(loaded_at) as last_loaded_at
    from loaded_responses
    where
        status in ('loaded', 'empty')
        -- A file that a person brought does not make its provider fresh.
        and landing_path not like '%.csv.gz'
    group by source

),

final as (

    select
        providers.provider as source,
        providers.calendar,
        coalesce(last_loads.response_count, 0) as response_count,
        last_loads.last_fetched_at,
        last_loads.last_loaded_at,
        case
            when last_loads.last_fetched_at is not null then count(sessions.session_date)
        end as sessions_late
    from providers
    left join last_loads
        on providers.provider = last_loads.source
    left join sessions
        on
            providers.calendar = sessions.calendar
            and last_loads.last_fetched_at < sessions.closes_at
            and sessions.closes_at <= {{ present_instant() }}
    group by
        providers.provider,
        providers.calendar,
        last_loads.response_count,
        last_loads.last_fetched_at,
        last_loads.last_loaded_at

)

select * from final
