{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="""{{
            take_changes(
                'int_daily_bar_changes',
                after='int_daily_bars_adjusted',
                from_column='session_date',
            )
        }}""",
        post_hook="{{ keep_position() }}",
    )
}}

-- depends_on: {{ ref('int_daily_bar_changes') }}

with

measures as (

    select * from {{ ref('int_daily_averages_smoothed') }}

),

instruments as (

    select * from {{ ref('dim_instruments') }}

),

final as (

    select
        measures.instrument_id,
        instruments.symbol,
        measures.session_date,
        measures.bar_number,
        measures.split_adjusted_close_price,
        measures.sma_20,
        measures.sma_50,
        measures.sma_200,
        measures.ema_12,
        measures.ema_26,
        measures.macd_line,
        measures.macd_signal,
        measures.macd_line - measures.macd_signal as macd_histogram,
        {{ relative_strength('measures.average_gain_14', 'measures.average_loss_14') }} as rsi_14,
        measures.sma_20 as bollinger_middle_20,
        measures.sma_20 + 2 * measures.close_deviation_20 as bollinger_upper_20,
        measures.sma_20 - 2 * measures.close_deviation_20 as bollinger_lower_20,
        {{ bollinger_position(
            'measures.split_adjusted_close_price', 'measures.sma_20', 'measures.close_deviation_20'
        ) }} as bollinger_position_20,
        measures.atr_14,
        measures.vwap_20,
        measures.volatility_20,
        measures.return_1d,
        measures.high_252,
        measures.low_252,
        measures.average_gain_14,
        measures.average_loss_14,
        measures.is_synthetic
    from measures
    inner join instruments
        on measures.instrument_id = instruments.instrument_id

)

select * from final
