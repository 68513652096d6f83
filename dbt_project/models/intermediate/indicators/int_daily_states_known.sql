{%- set mart = relation_to_continue('fct_daily_indicators', 'bar_number') -%}
{%- set changes = changes_taken('int_daily_bar_changes', 'fct_daily_indicators') -%}
{%- set known_before = known_states(mart, changes) -%}

with

{% if mart -%}
    known as (

        {{ known_before }}

    ),

    final as (

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

    )
{%- else -%}
    final as (

        select
            cast(null as text) as instrument_id,
            cast(null as date) as changed_from,
            cast(null as bigint) as bar_number,
            cast(null as double precision[]) as sma_50s,
        {% for column in (
            'ema_12', 'ema_26', 'macd_signal', 'average_gain_14', 'average_loss_14', 'atr_14'
        ) -%}
                cast(null as double precision) as {{ column }},
            {% endfor -%}
            cast(null as boolean) as is_resumable
        where false

    )
{%- endif %}

select * from final
