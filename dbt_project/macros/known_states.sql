{% macro known_states(mart, changes, order_by='session_date') -%}

    {%- set newest_first = order_by | replace(',', ' desc,') ~ ' desc' -%}
    select
        changes.instrument_id as changed_instrument_id,
        changes.changed_from,
        last_known.*,
        -- A younger history, or one without ranges, is measured anew from its beginning.
        coalesce(
            last_known.bar_number >= 252
            and last_known.macd_signal + last_known.average_loss_14 + last_known.atr_14
            is not null,
            false
        ) as is_resumable,
        array(
            select sma_50
            from {{ mart }}
            where instrument_id = changes.instrument_id and session_date < changes.changed_from
            order by {{ newest_first }}
            limit 150
        ) as sma_50s
    from ({{ changes }}) as changes
    left join
        lateral (
            select *
            from {{ mart }}
            where instrument_id = changes.instrument_id and session_date < changes.changed_from
            order by {{ newest_first }}
            limit 1
        ) as last_known
        on true

{%- endmacro %}
