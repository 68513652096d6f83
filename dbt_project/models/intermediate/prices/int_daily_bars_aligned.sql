{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ take_changes('int_daily_bar_arrivals', from_column='session_date') }}",
        post_hook="{{ keep_position() }}",
    )
}}

with

changes as (

    {{ changes_taken('int_daily_bar_arrivals', 'int_daily_bars_aligned') }}

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
        newest_versions.instrument_id,
        newest_versions.provider,
        newest_versions.provider_symbol,
        newest_versions.session_date,
        instruments.asset_class,
        newest_versions.open_price,
        newest_versions.high_price,
        newest_versions.low_price,
        newest_versions.close_price,
        newest_versions.volume,
        newest_versions.is_former_symbol,
        newest_versions.is_synthetic,
        -- A backfill would know nothing of the past: the first version of a bar from before the
        -- first fetch counts as known from the close of its session.
        coalesce(
            newest_versions.final_version_count = 1
            and sessions.closes_at < instruments.first_fetched_at,
            false
        ) as is_known_from_assumed,
        case
            when not newest_versions.is_final then 'session_not_finished'
            when sessions.session_date is null then 'no_session'
            when newest_versions.close_price is null then 'no_close'
            when newest_versions.high_price < newest_versions.low_price then 'high_below_low'
            -- WTI closed at -37.63 on 2020-04-20: a commodity may cost less than nothing.
            when
                instruments.asset_class != 'commodity'
                and least(
                    newest_versions.open_price,
                    newest_versions.high_price,
                    newest_versions.low_price,
                    newest_versions.close_price
                ) <= 0
                then 'price_not_positive'
        end as hold_out_reason,
        sessions.closes_at,
        newest_versions.fetched_at,
        newest_versions.response_id
    from newest_versions
    inner join instruments
        on newest_versions.instrument_id = instruments.instrument_id
    left join sessions
        on
            instruments.calendar = sessions.calendar
            and newest_versions.session_date = sessions.session_date

)

select * from final
