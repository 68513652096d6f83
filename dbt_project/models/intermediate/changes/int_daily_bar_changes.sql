{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        full_refresh=false,
        pre_hook="{{ take_changes('int_daily_bars_arrived', after='int_daily_bars_selected') }}",
        post_hook="{{ keep_position() }}",
    )
}}

with

arrivals as (

    {{ changes_taken('int_daily_bars_arrived', 'int_daily_bar_changes') }}

),

corporate_actions as (

    select * from {{ ref('int_corporate_actions_aligned') }}

),

adjustments as (

    select
        instrument_id,
        md5(string_agg(
            concat_ws(
                ' ',
                session_date, version_count, cumulative_split_ratio, cumulative_dividend_factor
            ),
            ',' order by session_date
        )) as adjustment_fingerprint
    from corporate_actions
    group by instrument_id

),

known as (

    {% if is_incremental() -%}
        select distinct on (instrument_id)
            instrument_id,
            adjustment_fingerprint
        from {{ this }}
        order by instrument_id, change_number desc
    {%- else -%}
        select
            cast(null as text) as instrument_id,
            cast(null as text) as adjustment_fingerprint
        where false
    {%- endif %}

),

compared as (

    select
        coalesce(adjustments.instrument_id, known.instrument_id) as instrument_id,
        adjustments.adjustment_fingerprint,
        coalesce(adjustments.adjustment_fingerprint, 'none')
        != coalesce(known.adjustment_fingerprint, 'none') as is_readjusted
    from adjustments
    full join known
        on adjustments.instrument_id = known.instrument_id

),

final as (

    select
        {{ next_change_number('coalesce(arrivals.instrument_id, compared.instrument_id)') }}
            as change_number,
        coalesce(arrivals.instrument_id, compared.instrument_id) as instrument_id,
        case
            when compared.is_readjusted then cast('-infinity' as date)
            else arrivals.changed_from
        end as changed_from,
        compared.adjustment_fingerprint
    from arrivals
    full join compared
        on arrivals.instrument_id = compared.instrument_id
    where arrivals.changed_from is not null or compared.is_readjusted

)

select * from final
