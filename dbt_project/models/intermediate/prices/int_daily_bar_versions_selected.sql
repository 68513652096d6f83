{{ config(materialized='ephemeral') }}

with

bar_versions as (

    select * from {{ ref('int_daily_bar_versions_judged') }}

),

instants as (

    select distinct
        instrument_id,
        session_date,
        known_from
    from {{ ref('int_daily_bar_versions_judged') }}

),

unit_errors as (

    select * from {{ ref('int_unit_errors_detected') }}

),

superseded_unit_errors as (

    select * from {{ ref('int_daily_unit_errors_superseded') }}

),

providers as (

    select * from {{ ref('providers') }}

),

usable_versions as (

    select bar_versions.*
    from bar_versions
    left join unit_errors
        on
            bar_versions.provider = unit_errors.provider
            and bar_versions.provider_symbol = unit_errors.provider_symbol
            and bar_versions.session_date = unit_errors.session_date
            and bar_versions.known_to is null
    left join superseded_unit_errors
        on
            bar_versions.instrument_id = superseded_unit_errors.instrument_id
            and bar_versions.provider = superseded_unit_errors.provider
            and bar_versions.provider_symbol = superseded_unit_errors.provider_symbol
            and bar_versions.session_date = superseded_unit_errors.session_date
            and bar_versions.request_id = superseded_unit_errors.request_id
    where
        bar_versions.hold_out_reason is null
        and unit_errors.session_date is null
        and superseded_unit_errors.session_date is null

),

final as (

    -- What the mart said from each instant on: as int_daily_bars_selected, of what was known then.
    select distinct on (instants.instrument_id, instants.session_date, instants.known_from)
        instants.instrument_id,
        instants.session_date,
        instants.known_from,
        usable_versions.asset_class,
        usable_versions.provider,
        usable_versions.open_price,
        usable_versions.high_price,
        usable_versions.low_price,
        usable_versions.close_price,
        usable_versions.volume,
        usable_versions.is_synthetic,
        usable_versions.is_known_from_assumed,
        usable_versions.closes_at,
        usable_versions.known_from as bar_known_from,
        usable_versions.request_id,
        usable_versions.response_id
    from instants
    left join usable_versions
        on
            instants.instrument_id = usable_versions.instrument_id
            and instants.session_date = usable_versions.session_date
            and instants.known_from >= usable_versions.known_from
            and instants.known_from < coalesce(usable_versions.known_to, 'infinity')
    left join providers
        on usable_versions.provider = providers.provider
    order by
        instants.instrument_id,
        instants.session_date,
        instants.known_from,
        providers.bar_precedence,
        usable_versions.is_former_symbol,
        usable_versions.fetched_at desc,
        usable_versions.provider_symbol

)

select * from final
