{{ config(materialized='ephemeral') }}

with

changes as (

    {{ changes_taken('int_daily_bar_changes', 'int_daily_bar_revisions_compared') }}

),

provider_symbols as (

    select * from {{ ref('int_provider_symbols_mapped') }}

),

bar_versions as (

    select * from {{ ref('int_daily_bar_versions_unioned') }}

),

instruments as (

    select * from {{ ref('int_instruments_fingerprinted') }}

),

sessions as (

    select * from {{ ref('int_sessions_corrected') }}

),

mapped as (

    select
        changes.instrument_id,
        provider_symbols.is_former as is_former_symbol,
        versions.*
    from changes
    inner join provider_symbols
        on changes.instrument_id = provider_symbols.instrument_id
    cross join
        lateral (
            select
                bar_versions.*,
                row_number() over finished_versions as version_number
            from bar_versions
            where
                bar_versions.provider = provider_symbols.provider
                and bar_versions.provider_symbol = provider_symbols.provider_symbol
                and bar_versions.session_date >= changes.changed_from
                and {{ is_within('bar_versions.session_date', 'provider_symbols') }}
            window finished_versions as (
                partition by session_date, is_final order by fetched_at, request_id
            )
        ) as versions

),

judged as (

    select
        mapped.*,
        instruments.asset_class,
        {{ hold_out_reason('mapped') }} as hold_out_reason,
        sessions.closes_at,
        coalesce(
            mapped.is_final
            and mapped.version_number = 1
            and sessions.closes_at < instruments.first_fetched_at,
            false
        ) as is_known_from_assumed,
        lead(mapped.fetched_at) over symbol_versions as known_to
    from mapped
    inner join instruments
        on mapped.instrument_id = instruments.instrument_id
    left join sessions
        on
            instruments.calendar = sessions.calendar
            and mapped.session_date = sessions.session_date
    window symbol_versions as (
        partition by
            mapped.instrument_id, mapped.provider, mapped.provider_symbol, mapped.session_date
        order by mapped.fetched_at, mapped.request_id
    )

),

final as (

    select
        instrument_id,
        provider,
        provider_symbol,
        session_date,
        asset_class,
        open_price,
        high_price,
        low_price,
        close_price,
        volume,
        is_former_symbol,
        is_synthetic,
        is_known_from_assumed,
        hold_out_reason,
        closes_at,
        case when is_known_from_assumed then closes_at else fetched_at end as known_from,
        known_to,
        fetched_at,
        request_id,
        response_id
    from judged
    where known_to is null or fetched_at < known_to

)

select * from final
