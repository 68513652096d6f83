{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ take_changes('int_daily_bars_arrived', from_column='session_date') }}",
        post_hook="{{ keep_position() }}",
    )
}}

with

changes as (

    {{ changes_taken('int_daily_bars_arrived', 'int_daily_bars_unioned') }}

),

provider_symbols as (

    select * from {{ ref('int_provider_symbols_mapped') }}

),

bar_versions as (

    select * from {{ ref('int_daily_bar_versions_unioned') }}

),

newest_versions as (

    select
        changes.instrument_id,
        provider_symbols.is_former as is_former_symbol,
        newest.*
    from changes
    inner join provider_symbols
        on changes.instrument_id = provider_symbols.instrument_id
    cross join
        lateral (
            select distinct on (session_date)
                bar_versions.*,
                count(*) filter (where is_final) over versions as final_version_count
            from bar_versions
            where
                bar_versions.provider = provider_symbols.provider
                and bar_versions.provider_symbol = provider_symbols.provider_symbol
                and bar_versions.session_date >= changes.changed_from
                and {{ is_within('bar_versions.session_date', 'provider_symbols') }}
            window versions as (partition by session_date)
            order by session_date, fetched_at desc, request_id desc
        ) as newest

),

final as (

    select
        instrument_id,
        provider,
        provider_symbol,
        session_date,
        open_price,
        high_price,
        low_price,
        close_price,
        volume,
        is_final,
        is_former_symbol,
        is_synthetic,
        final_version_count,
        fetched_at,
        request_id,
        response_id
    from newest_versions

)

select * from final
