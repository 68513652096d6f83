{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ take_changes('int_intraday_bar_changes', from_column='session_date') }}",
        post_hook="{{ keep_position() }}",
    )
}}

with

changes as (

    {{ changes_taken('int_intraday_bar_changes', 'int_intraday_bars_aligned') }}

),

provider_symbols as (

    select * from {{ ref('int_provider_symbols_mapped') }}

),

bar_versions as (

    select * from {{ ref('int_intraday_bar_versions_unioned') }}

),

instruments as (

    select * from {{ ref('int_instruments_fingerprinted') }}

),

sessions as (

    select * from {{ ref('int_sessions_bounded') }}

),

newest_versions as (

    select
        changes.instrument_id,
        instruments.asset_class,
        provider_symbols.is_former,
        newest.*,
        bar_sessions.*
    from changes
    inner join instruments
        on changes.instrument_id = instruments.instrument_id
    inner join provider_symbols
        on changes.instrument_id = provider_symbols.instrument_id
    cross join
        lateral (
            select distinct on (bar_interval, bar_start_at) bar_versions.*
            from bar_versions
            where
                bar_versions.provider = provider_symbols.provider
                and bar_versions.provider_symbol = provider_symbols.provider_symbol
                -- As text, for the index of raw. A session may begin on the evening before.
                and provider_stamp >= coalesce(to_char(changed_from - 1, 'YYYY-MM-DD'), '')
            order by bar_interval, bar_start_at, fetched_at desc, request_id desc
        ) as newest
    cross join
        lateral (
            select sessions.*
            from sessions
            where sessions.calendar = instruments.calendar and bars_from <= bar_start_at
            order by bars_from desc
            limit 1
        ) as bar_sessions
    where
        newest.bar_start_at < bar_sessions.bars_to
        and bar_sessions.session_date >= changes.changed_from
        and {{ is_within('bar_sessions.session_date', 'provider_symbols') }}

),

final as (

    -- A former ticker fills only what the present one lacks.
    select distinct on (instrument_id, provider, bar_interval, bar_start_at)
        instrument_id,
        provider,
        bar_interval,
        bar_start_at,
        least(
            bar_start_at + cast(bar_interval as interval),
            case when bar_start_at < closes_at then closes_at end
        ) as bar_end_at,
        session_date,
        case
            when bar_start_at < opens_at then 'pre_market'
            when bar_start_at < closes_at then 'regular'
            else 'post_market'
        end as session_phase,
        open_price,
        high_price,
        low_price,
        close_price,
        volume,
        is_final as is_complete,
        is_synthetic,
        opens_at,
        closes_at,
        fetched_at,
        response_id
    from newest_versions
    where
        high_price >= low_price
        -- A commodity may cost less than nothing.
        and (least(open_price, low_price, close_price) > 0 or asset_class = 'commodity')
    order by instrument_id, provider, bar_interval, bar_start_at, is_former, fetched_at desc

)

select * from final
