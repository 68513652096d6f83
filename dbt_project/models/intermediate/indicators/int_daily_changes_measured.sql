with

extremes as (

    select * from {{ ref('int_daily_extremes_measured') }}

),

changes as (

    {{ measured_changes('extremes') }}

),

sums as (

    {{ measured_sums('changes') }}

),

final as (

    select
        instrument_id,
        session_date,
        bar_number,
        split_adjusted_close_price,
        price_change,
        bar_return as return_1d,
        true_range,
        close_sum_10,
        close_variance_10,
        turnover_sum_10,
        volume_sum_10,
        return_sum_10,
        return_variance_10,
        high_252,
        low_252,
        bars_before,
        known_averages,
        known_sma_50s,
        is_known,
        is_due,
        is_synthetic
    from sums

)

select * from final
order by instrument_id, session_date
