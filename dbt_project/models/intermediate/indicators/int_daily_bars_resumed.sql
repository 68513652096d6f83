{%- set mart = relation_to_continue('fct_daily_indicators', 'bar_number') -%}
{%- set states_known = ref('int_daily_states_known') -%}

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
        from states
        cross join
            lateral (
                select
                    daily_bars.*,
                    row_number() over (order by daily_bars.session_date) as bars_since
                from daily_bars
                where
                    daily_bars.instrument_id = states.instrument_id
                    and daily_bars.session_date >= states.changed_from
                union all
                (
                    select
                        daily_bars.*,
                        1 - row_number() over (order by daily_bars.session_date desc) as bars_since
                    from daily_bars
                    where
                        daily_bars.instrument_id = states.instrument_id
                        and daily_bars.session_date < states.changed_from
                    order by daily_bars.session_date desc
                    limit case when states.is_resumable then 251 end
                )
            ) as bars

    ),
{%- else -%}
    resumed as (

        select
            daily_bars.*,
            false as is_known,
            true as is_due,
            true as is_recent,
            cast(0 as bigint) as bars_before,
            cast(null as double precision[]) as known_averages,
            cast(null as double precision[]) as known_sma_50s
        from daily_bars

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
