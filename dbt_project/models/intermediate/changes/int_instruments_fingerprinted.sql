with

tracked_instruments as (

    select * from {{ ref('stg_marketflow__tracked_instruments') }}

),

sessions as (

    select * from {{ ref('int_sessions_corrected') }}

),

provider_symbols as (

    select * from {{ ref('int_provider_symbols_mapped') }}

),

providers as (

    select * from {{ ref('providers') }}

),

volume_bases as (

    select * from {{ ref('volume_bases') }}

),

bar_versions as (

    select * from {{ ref('int_daily_bar_versions_unioned') }}

),

calendars as (

    select
        calendar,
        md5(string_agg(concat_ws(
            ' ', session_date, closes_at - opens_at, extract(epoch from closes_at)
        ), ',' order by session_date)) as fingerprint
    from sessions
    group by calendar

),

symbols as (

    select
        provider_symbols.instrument_id,
        min(first_version.fetched_at) as first_fetched_at,
        string_agg(
            concat_ws(
                ' ',
                provider_symbols.provider, provider_symbols.provider_symbol,
                provider_symbols.is_former, provider_symbols.valid_from, provider_symbols.valid_to,
                providers.bar_precedence, volume_bases.volume_basis, volume_bases.volume_unit
            ),
            ','
            order by
                provider_symbols.provider,
                provider_symbols.provider_symbol,
                provider_symbols.valid_from
        ) as fingerprint
    from provider_symbols
    inner join tracked_instruments
        on provider_symbols.instrument_id = tracked_instruments.instrument_id
    inner join providers
        on provider_symbols.provider = providers.provider
    left join volume_bases
        on
            provider_symbols.provider = volume_bases.provider
            and tracked_instruments.asset_class = volume_bases.asset_class
    left join
        lateral (
            select bar_versions.fetched_at
            from bar_versions
            where
                bar_versions.provider = provider_symbols.provider
                and bar_versions.provider_symbol = provider_symbols.provider_symbol
                and {{ is_within('bar_versions.session_date', 'provider_symbols') }}
            order by bar_versions.fetched_at
            limit 1
        ) as first_version
        on true
    group by provider_symbols.instrument_id

),

final as (

    select
        tracked_instruments.instrument_id,
        tracked_instruments.asset_class,
        tracked_instruments.calendar,
        symbols.first_fetched_at,
        md5(concat_ws(
            ' ',
            tracked_instruments.symbol, tracked_instruments.asset_class,
            tracked_instruments.calendar,
            calendars.fingerprint,
            symbols.fingerprint,
            extract(epoch from symbols.first_fetched_at),
            excuses.excused_dates
        )) as fingerprint
    from tracked_instruments
    inner join symbols
        on tracked_instruments.instrument_id = symbols.instrument_id
    left join calendars
        on tracked_instruments.calendar = calendars.calendar
    left join {{ ref('int_unit_errors_excused') }} as excuses
        on tracked_instruments.instrument_id = excuses.instrument_id

)

select * from final
