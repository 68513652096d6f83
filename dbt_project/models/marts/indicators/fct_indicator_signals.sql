{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="""{{
            take_changes(
                'int_daily_bar_changes',
                after='fct_daily_indicators',
                from_column='session_date',
            )
        }}""",
        post_hook="{{ keep_position() }}",
    )
}}

-- depends_on: {{ ref('int_daily_bar_changes') }}

with

daily_indicators as (

    {% if is_incremental() -%}
        select
            in_doubt.*,
            in_doubt.session_date >= changes.changed_from as is_due
        from ({{ changes_taken('int_daily_bar_changes', 'fct_indicator_signals') }}) as changes
        cross join
            lateral (
                select *
                from {{ ref('fct_daily_indicators') }}
                where
                    instrument_id = changes.instrument_id
                    and session_date >= changes.changed_from
                union all
                -- What a crossing begins from.
                (
                    select *
                    from {{ ref('fct_daily_indicators') }}
                    where
                        instrument_id = changes.instrument_id
                        and session_date < changes.changed_from
                    order by session_date desc
                    limit 1
                )
            ) as in_doubt
    {%- else -%}
        select
            *,
            true as is_due
        from {{ ref('fct_daily_indicators') }}
    {%- endif %}

),

with_previous as (

    select
        daily_indicators.*,
        lag(sma_50 - sma_200) over sessions as previous_sma_gap,
        lag(macd_line - macd_signal) over sessions as previous_macd_gap,
        lag(rsi_14) over sessions as previous_rsi_14,
        lag(bollinger_position_20) over sessions as previous_bollinger_position_20
    from daily_indicators
    window sessions as (partition by instrument_id order by session_date)

),

crossings as (

    select
        with_previous.*,
        array_remove(array[
            case when previous_sma_gap <= 0 and sma_50 > sma_200 then 'golden_cross' end,
            case when previous_sma_gap >= 0 and sma_50 < sma_200 then 'death_cross' end,
            case when previous_rsi_14 <= 70 and rsi_14 > 70 then 'rsi_overbought' end,
            case when previous_rsi_14 >= 30 and rsi_14 < 30 then 'rsi_oversold' end,
            case
                when previous_macd_gap <= 0 and macd_line > macd_signal then 'macd_cross_up'
            end,
            case
                when previous_macd_gap >= 0 and macd_line < macd_signal then 'macd_cross_down'
            end,
            case
                when previous_bollinger_position_20 <= 1 and bollinger_position_20 > 1
                    then 'bollinger_breakout_up'
            end,
            case
                when previous_bollinger_position_20 >= 0 and bollinger_position_20 < 0
                    then 'bollinger_breakout_down'
            end
        ], null) as signals
    from with_previous

),

final as (

    select
        crossings.instrument_id,
        crossings.symbol,
        crossings.session_date,
        signal.signal,
        crossings.split_adjusted_close_price,
        crossings.is_synthetic
    from crossings
    cross join lateral unnest(crossings.signals) as signal (signal)
    where crossings.is_due

)

select * from final
