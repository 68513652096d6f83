{%- set mart = relation_to_continue('fct_daily_indicators', 'bar_number') -%}
{%- set changes = changes_taken('int_daily_bar_changes', 'fct_daily_indicators') -%}

with

{% if mart -%}
    changes as (

        {{ changes }}

    ),

    known as (

        select
            changes.instrument_id as changed_instrument_id,
            changes.changed_from,
            last_known.*,
            array(
                select indicators.sma_50
                from {{ mart }} as indicators
                where
                    indicators.instrument_id = changes.instrument_id
                    and indicators.session_date < changes.changed_from
                order by indicators.session_date desc
                limit 150
            ) as sma_50s
        from changes
        left join
            lateral (
                select *
                from {{ mart }}
                where instrument_id = changes.instrument_id and session_date < changes.changed_from
                order by session_date desc
                limit 1
            ) as last_known
            on true

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
            -- A younger history, or one without ranges, is measured anew from its beginning.
            coalesce(
                bar_number >= 252 and macd_signal + average_loss_14 + atr_14 is not null, false
            )
                as is_resumable
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
