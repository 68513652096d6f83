{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ take_intraday_changes(after='int_intraday_bars_combined') }}",
        post_hook="{{ keep_position() }}",
    )
}}

with

intraday_bars as (

    {{ changed_intraday_rows(ref('int_intraday_bars_combined'), 'fct_intraday_bars') }}

),

instruments as (

    select * from {{ ref('dim_instruments') }}

),

final as (

    select
        intraday_bars.instrument_id,
        instruments.symbol,
        intraday_bars.bar_interval,
        intraday_bars.bar_start_at,
        intraday_bars.bar_end_at,
        intraday_bars.session_date,
        intraday_bars.session_phase,
        intraday_bars.provider,
        intraday_bars.open_price,
        intraday_bars.high_price,
        intraday_bars.low_price,
        intraday_bars.close_price,
        intraday_bars.volume,
        intraday_bars.vwap,
        intraday_bars.bar_count,
        intraday_bars.is_complete,
        intraday_bars.is_delivered,
        intraday_bars.is_synthetic,
        intraday_bars.fetched_at as known_from,
        intraday_bars.response_id
    from intraday_bars
    inner join instruments
        on intraday_bars.instrument_id = instruments.instrument_id

)

select * from final
