with

daily_indicators as (

    select * from {{ ref('fct_daily_indicators') }}

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

)

select * from final
