{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        full_refresh=false,
        pre_hook="{{ take_changes('int_intraday_bar_changes', after='int_intraday_bars_combined') }}",
        post_hook="{{ keep_position() }}",
    )
}}

-- depends_on: {{ ref('int_intraday_bars_combined') }}

with

arrivals as (

    {{ changes_taken('int_intraday_bar_changes', 'int_intraday_price_changes') }}

),

corporate_actions as (

    select * from {{ ref('int_corporate_actions_aligned') }}

),

splits as (

    select
        instrument_id,
        md5(string_agg(
            concat_ws(' ', session_date, cumulative_split_ratio), ',' order by session_date
        )) as split_fingerprint
    from corporate_actions
    where split_ratio != 1
    group by instrument_id

),

known as (

    {% if is_incremental() -%}
        select distinct on (instrument_id)
            instrument_id,
            split_fingerprint
        from {{ this }}
        order by instrument_id, change_number desc
    {%- else -%}
        select
            cast(null as text) as instrument_id,
            cast(null as text) as split_fingerprint
        where false
    {%- endif %}

),

compared as (

    select
        coalesce(splits.instrument_id, known.instrument_id) as instrument_id,
        splits.split_fingerprint,
        coalesce(splits.split_fingerprint, 'none')
        != coalesce(known.split_fingerprint, 'none') as is_split_anew
    from splits
    full join known
        on splits.instrument_id = known.instrument_id

),

final as (

    select
        {{ next_change_number('coalesce(arrivals.instrument_id, compared.instrument_id)') }}
            as change_number,
        coalesce(arrivals.instrument_id, compared.instrument_id) as instrument_id,
        case
            when compared.is_split_anew then cast('-infinity' as date)
            else arrivals.changed_from
        end as changed_from,
        compared.split_fingerprint
    from arrivals
    full join compared
        on arrivals.instrument_id = compared.instrument_id
    where arrivals.changed_from is not null or compared.is_split_anew

)

select * from final
