{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        full_refresh=false,
        pre_hook="{{ take_changes('int_intraday_bar_loads') }}",
        post_hook="{{ keep_position() }}",
    )
}}

with

loads as (

    {{ log_rows_taken('int_intraday_bar_loads', 'int_intraday_bar_changes') }}

),

bar_versions as (

    select * from {{ ref('int_intraday_bar_versions_unioned') }}

),

provider_symbols as (

    select * from {{ ref('int_provider_symbols_mapped') }}

),

instruments as (

    select * from {{ ref('int_instruments_fingerprinted') }}

),

arrived as (

    -- The session of a bar is of its date in New York or, in the evening, of the next.
    select
        provider_symbols.instrument_id,
        min(cast(bar_versions.bar_start_at at time zone 'America/New_York' as date))
            as changed_from
    from loads
    inner join bar_versions
        on
            loads.provider = bar_versions.provider
            and loads.load_id = bar_versions.load_id
    inner join provider_symbols
        on
            bar_versions.provider = provider_symbols.provider
            and bar_versions.provider_symbol = provider_symbols.provider_symbol
    group by provider_symbols.instrument_id

),

known as (

    {% if is_incremental() -%}
        select distinct on (instrument_id)
            instrument_id,
            fingerprint
        from {{ this }}
        order by instrument_id, change_number desc
    {%- else -%}
        select
            cast(null as text) as instrument_id,
            cast(null as text) as fingerprint
        where false
    {%- endif %}

),

compared as (

    select
        coalesce(instruments.instrument_id, known.instrument_id) as instrument_id,
        instruments.fingerprint,
        coalesce(instruments.fingerprint, 'none')
        != coalesce(known.fingerprint, 'none') as is_redefined
    from instruments
    full join known
        on instruments.instrument_id = known.instrument_id

),

final as (

    select
        {{ next_change_number('compared.instrument_id') }} as change_number,
        compared.instrument_id,
        case
            when compared.is_redefined then cast('-infinity' as date)
            else arrived.changed_from
        end as changed_from,
        compared.fingerprint
    from compared
    left join arrived
        on compared.instrument_id = arrived.instrument_id
    where compared.is_redefined or arrived.changed_from is not null

)

select * from final
