{{ config(materialized='ephemeral') }}

with

superseded_versions as (

    select *
    from {{ ref('int_daily_bar_versions_judged') }}
    where
        known_to is not null
        and hold_out_reason is null
        and close_price > 0

),

bar_versions as (

    select * from {{ ref('int_daily_bar_versions_unioned') }}

),

excuses as (

    select * from {{ ref('int_unit_errors_excused') }}

),

earlier_closes as (

    -- The mart of that time compared the version with the closes that were known when it came.
    select
        superseded_versions.*,
        known_versions.session_date as earlier_session_date,
        known_versions.close_price as earlier_close_price
    from superseded_versions
    cross join
        lateral (
            select distinct on (session_date)
                session_date,
                close_price
            from bar_versions
            where
                provider = superseded_versions.provider
                and provider_symbol = superseded_versions.provider_symbol
                and session_date < superseded_versions.session_date
                and session_date >= superseded_versions.session_date - 30
                and fetched_at <= superseded_versions.fetched_at
            order by session_date desc, fetched_at desc, request_id desc
        ) as known_versions

),

last_closes as (

    select
        earlier_closes.*,
        row_number() over newest_first as distance
    from earlier_closes
    where earlier_close_price > 0
    window newest_first as (
        partition by instrument_id, provider, provider_symbol, session_date, request_id
        order by earlier_session_date desc
    )

),

final as (

    select
        last_closes.instrument_id,
        last_closes.provider,
        last_closes.provider_symbol,
        last_closes.session_date,
        last_closes.request_id,
        count(*) as hundredfold_count
    from last_closes
    left join excuses
        on last_closes.instrument_id = excuses.instrument_id
    where
        last_closes.distance <= 5
        and {{ is_hundredfold('last_closes.close_price', 'last_closes.earlier_close_price') }}
        and not coalesce(last_closes.session_date <@ excuses.excused_dates, false)
    group by
        last_closes.instrument_id,
        last_closes.provider,
        last_closes.provider_symbol,
        last_closes.session_date,
        last_closes.request_id
    having count(*) >= 3

)

select * from final
