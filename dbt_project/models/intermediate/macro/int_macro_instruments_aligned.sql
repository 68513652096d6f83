with

known_values as (

    select * from {{ ref('int_macro_values_known_daily') }}

),

daily_bars as (

    select * from {{ ref('int_daily_bars_adjusted') }}

),

tracked_instruments as (

    select * from {{ ref('stg_marketflow__tracked_instruments') }}

),

month_ends as (

    select distinct on (
        daily_bars.instrument_id,
        date_trunc('month', cast(daily_bars.session_date as timestamp))
    )
        daily_bars.instrument_id,
        daily_bars.session_date,
        cast(date_trunc('month', cast(daily_bars.session_date as timestamp)) as date)
            as month_start_date,
        daily_bars.split_adjusted_close_price,
        daily_bars.is_synthetic
    from daily_bars
    inner join tracked_instruments
        on daily_bars.instrument_id = tracked_instruments.instrument_id
    where
        daily_bars.split_adjusted_close_price > 0
        and {{ is_watched('tracked_instruments.symbol') }}
    order by
        daily_bars.instrument_id,
        date_trunc('month', cast(daily_bars.session_date as timestamp)),
        daily_bars.session_date desc

),

final as (

    select
        known_values.series_id,
        month_ends.instrument_id as other_id,
        'instrument' as other_kind,
        'month' as period,
        month_ends.month_start_date as period_start_date,
        known_values.value,
        month_ends.split_adjusted_close_price as other_value,
        known_values.value - lag(known_values.value) over months as change,
        month_ends.split_adjusted_close_price
        / lag(month_ends.split_adjusted_close_price) over months
        - 1 as other_change,
        month_ends.is_synthetic
    from month_ends
    inner join known_values
        on month_ends.session_date = known_values.session_date
    window months as (
        partition by month_ends.instrument_id, known_values.series_id
        order by month_ends.session_date
    )

)

select * from final
