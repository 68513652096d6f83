{%- set mart = relation_to_continue('fct_daily_indicators', 'bar_number') -%}
{%- set states_known = ref('int_daily_states_known') -%}
{%- set changed_bars = resumed_bars('daily_bars', 'states') -%}

with

-- Read by the index for each instrument, and not as a whole.
daily_bars as not materialized (

    select * from {{ ref('int_daily_bars_adjusted') }}

),

{% if mart -%}
    states as (

        select * from {{ states_known }}

    ),

    resumed as (

        {{ changed_bars }}

    ),
{%- else -%}
    resumed as (

        {{ bars_from_the_beginning('daily_bars') }}

    ),
{%- endif %}

final as (

    select
        instrument_id,
        session_date,
        split_adjusted_high_price,
        split_adjusted_low_price,
        split_adjusted_close_price,
        split_adjusted_volume,
        bars_before,
        known_averages,
        known_sma_50s,
        is_known,
        is_recent,
        is_due,
        is_synthetic
    from resumed

)

select * from final
order by instrument_id, session_date
