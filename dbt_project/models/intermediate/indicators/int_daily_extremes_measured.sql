with

daily_bars as (

    select * from {{ ref('int_daily_bars_resumed') }}

),

extremes as (

    {{ measured_extremes('daily_bars') }}

),

final as (

    select
        instrument_id,
        session_date,
        bar_number,
        split_adjusted_high_price,
        split_adjusted_low_price,
        split_adjusted_close_price,
        split_adjusted_volume,
        previous_close_price,
        high_252,
        low_252,
        bars_before,
        known_averages,
        known_sma_50s,
        is_known,
        is_due,
        is_synthetic
    from extremes
    -- No other window looks back further than 50 bars.
    where is_recent

)

select * from final
order by instrument_id, session_date
