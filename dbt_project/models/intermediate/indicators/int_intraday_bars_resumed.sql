{%- set mart = relation_to_continue('fct_intraday_indicators', 'bar_number') -%}
{%- set changes = changes_taken('int_intraday_price_changes', 'fct_intraday_indicators') -%}
{%- set order_by = 'session_date, bar_start_at' -%}
{%- set known_before = known_states(mart, changes, order_by) -%}
{%- set changed_bars = resumed_bars('intraday_bars', 'states', order_by) -%}

with

-- Read by the index for each instrument, and not as a whole.
intraday_bars as not materialized (

    select * from {{ ref('int_intraday_bars_adjusted') }}

),

{% if mart -%}
    known as (

        {{ known_before }}

    ),

    states as (

        select
            changed_instrument_id as instrument_id,
            changed_from,
            bar_number,
            sma_50s,
            ema_12,
            ema_26,
            macd_signal,
            average_gain_14,
            average_loss_14,
            atr_14,
            is_resumable
        from known

    ),

    resumed as (

        {{ changed_bars }}

    ),
{%- else -%}
    resumed as (

        {{ bars_from_the_beginning('intraday_bars') }}

    ),
{%- endif %}

final as (

    select
        instrument_id,
        session_date,
        bar_start_at,
        bar_end_at,
        split_adjusted_high_price,
        split_adjusted_low_price,
        split_adjusted_close_price,
        split_adjusted_volume,
        session_vwap,
        bars_before,
        known_averages,
        known_sma_50s,
        is_known,
        is_recent,
        is_due,
        is_complete,
        is_synthetic
    from resumed

)

select * from final
order by instrument_id, session_date, bar_start_at
