{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ take_intraday_changes(after='int_intraday_bars_built') }}",
        post_hook="{{ keep_position() }}",
    )
}}

with

intraday_bars as (

    {{ changed_intraday_rows(ref('int_intraday_bars_aligned'), 'int_intraday_bars_combined') }}

),

built_bars as (

    {{ changed_intraday_rows(ref('int_intraday_bars_built'), 'int_intraday_bars_combined') }}

),

providers as (

    select * from {{ ref('providers') }}

),

candidates as (

    select
        instrument_id,
        provider,
        bar_interval,
        bar_start_at,
        bar_end_at,
        session_date,
        session_phase,
        open_price,
        high_price,
        low_price,
        close_price,
        volume,
        case when volume > 0 then (high_price + low_price + close_price) / 3 end as vwap,
        cast(1 as bigint) as bar_count,
        is_complete,
        true as is_delivered,
        is_synthetic,
        fetched_at,
        response_id
    from intraday_bars
    where bar_interval in ('1min', '5min', '15min', '1h')

    union all

    select
        instrument_id,
        provider,
        bar_interval,
        bar_start_at,
        bar_end_at,
        session_date,
        session_phase,
        open_price,
        high_price,
        low_price,
        close_price,
        volume,
        vwap,
        bar_count,
        is_complete,
        false as is_delivered,
        is_synthetic,
        fetched_at,
        response_id
    from built_bars

),

final as (

    -- A bar that was delivered while it was open gives way to one that is whole.
    select distinct on (candidates.instrument_id, candidates.bar_interval, candidates.bar_start_at)
        candidates.instrument_id,
        candidates.bar_interval,
        candidates.bar_start_at,
        candidates.bar_end_at,
        candidates.session_date,
        candidates.session_phase,
        candidates.provider,
        candidates.open_price,
        candidates.high_price,
        candidates.low_price,
        candidates.close_price,
        candidates.volume,
        candidates.vwap,
        candidates.bar_count,
        candidates.is_complete,
        candidates.is_delivered,
        candidates.is_synthetic,
        candidates.fetched_at,
        candidates.response_id
    from candidates
    inner join providers
        on candidates.provider = providers.provider
    order by
        candidates.instrument_id,
        candidates.bar_interval,
        candidates.bar_start_at,
        candidates.is_complete desc,
        candidates.is_delivered desc,
        providers.bar_precedence

)

select * from final
