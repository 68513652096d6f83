{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ take_changes('int_daily_bar_changes', from_column='session_date') }}",
        post_hook="{{ keep_position() }}",
    )
}}

with

bar_versions as (

    select * from {{ ref('int_daily_bar_versions_selected') }}

),

compared as (

    select
        bar_versions.*,
        lag(request_id) over bar_history as previous_request_id,
        lag(provider) over bar_history as previous_provider,
        count(request_id) over bar_history as usable_count
    from bar_versions
    window bar_history as (
        partition by instrument_id, session_date order by known_from
    )

),

revisions as (

    -- An instant at which a bar changed that does not count is none of this history.
    select *
    from compared
    where
        usable_count > 0
        and (request_id, provider) is distinct from (previous_request_id, previous_provider)

),

final as (

    select
        instrument_id,
        session_date,
        known_from,
        lead(known_from) over bar_history as known_to,
        case
            when request_id is null then 'held_out'
            when usable_count = 1 and known_from > closes_at + interval '1 day' then 'late'
            when usable_count = 1 then 'first_seen'
            when provider != previous_provider then 'provider_change'
            else 'correction'
        end as cause,
        asset_class,
        provider,
        open_price,
        high_price,
        low_price,
        close_price,
        volume,
        is_synthetic,
        is_known_from_assumed,
        closes_at,
        bar_known_from,
        response_id
    from revisions
    window bar_history as (partition by instrument_id, session_date order by known_from)

)

select * from final
