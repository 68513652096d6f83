{% macro resumed_bars(bars, states, order_by='session_date') -%}

    {%- set newest_first = order_by | replace(',', ' desc,') ~ ' desc' -%}
    select
        bars.*,
        states.is_resumable and bars.bars_since <= 0 as is_known,
        bars.bars_since > 0 as is_due,
        not states.is_resumable or bars.bars_since > -50 as is_recent,
        case when states.is_resumable then states.bar_number - 251 else 0 end as bars_before,
        case
            when states.is_resumable and bars.bars_since = 0
                then array[
                    states.ema_12,
                    states.ema_26,
                    states.macd_signal,
                    states.average_gain_14,
                    states.average_loss_14,
                    states.atr_14
                ]
        end as known_averages,
        -- The states count back from the newest.
        case
            when states.is_resumable and bars.bars_since > 0
                then array[
                    states.sma_50s[51 - bars.bars_since],
                    states.sma_50s[101 - bars.bars_since],
                    states.sma_50s[151 - bars.bars_since]
                ]
        end as known_sma_50s
    from {{ states }} as states
    cross join
        lateral (
            select
                *,
                row_number() over (order by {{ order_by }}) as bars_since
            from {{ bars }}
            where instrument_id = states.instrument_id and session_date >= states.changed_from
            union all
            (
                select
                    *,
                    1 - row_number() over (order by {{ newest_first }}) as bars_since
                from {{ bars }}
                where instrument_id = states.instrument_id and session_date < states.changed_from
                order by {{ newest_first }}
                limit case when states.is_resumable then 251 end
            )
        ) as bars

{%- endmacro %}


{% macro bars_from_the_beginning(bars) -%}

    select
        *,
        false as is_known,
        true as is_due,
        true as is_recent,
        cast(0 as bigint) as bars_before,
        cast(null as double precision[]) as known_averages,
        cast(null as double precision[]) as known_sma_50s
    from {{ bars }}

{%- endmacro %}
