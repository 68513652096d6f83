{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        full_refresh=false,
        pre_hook="{{ take_changes('int_daily_bar_loads', after='int_daily_bar_versions_unioned') }}",
        post_hook="{{ keep_position() }}",
    )
}}

with

loads as (

    {{ log_rows_taken('int_daily_bar_loads', 'int_daily_bars_arrived') }}

),

bar_versions as (

    select * from {{ ref('int_daily_bar_versions_unioned') }}

),

provider_symbols as (

    select * from {{ ref('int_provider_symbols_mapped') }}

),

instruments as (

    select * from {{ ref('int_instruments_fingerprinted') }}

),

arrived as (

    select
        provider_symbols.instrument_id,
        min(bar_versions.session_date) as changed_from,
        min(bar_versions.fetched_at) as first_fetched_at,
        max(bar_versions.fetched_at) as last_fetched_at
    from loads
    inner join bar_versions
        on
            loads.provider = bar_versions.provider
            and loads.load_id = bar_versions.load_id
    inner join provider_symbols
        on
            bar_versions.provider = provider_symbols.provider
            and bar_versions.provider_symbol = provider_symbols.provider_symbol
            and {{ is_within('bar_versions.session_date', 'provider_symbols') }}
    group by provider_symbols.instrument_id

),

known as (

    {% if is_incremental() -%}
        select distinct on (instrument_id)
            instrument_id,
            fingerprint,
            last_fetched_at
        from {{ this }}
        order by instrument_id, change_number desc
    {%- else -%}
        select
            cast(null as text) as instrument_id,
            cast(null as text) as fingerprint,
            cast(null as timestamptz) as last_fetched_at
        where false
    {%- endif %}

),

compared as (

    select
        coalesce(instruments.instrument_id, known.instrument_id) as instrument_id,
        arrived.changed_from,
        instruments.fingerprint,
        greatest(arrived.last_fetched_at, known.last_fetched_at) as last_fetched_at,
        -- Answers that are loaded after later ones change what was known in between.
        coalesce(arrived.first_fetched_at < known.last_fetched_at, false)
        or coalesce(instruments.fingerprint, 'none') != coalesce(known.fingerprint, 'none')
            as is_history_changed
    from instruments
    full join known
        on instruments.instrument_id = known.instrument_id
    left join arrived
        on instruments.instrument_id = arrived.instrument_id

),

final as (

    select
        {{ next_change_number('instrument_id') }} as change_number,
        instrument_id,
        case
            when is_history_changed then cast('-infinity' as date)
            else changed_from
        end as changed_from,
        fingerprint,
        last_fetched_at
    from compared
    where is_history_changed or changed_from is not null

)

select * from final
