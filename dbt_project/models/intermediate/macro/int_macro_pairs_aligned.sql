with

periods as (

    select * from {{ ref('int_macro_periods_averaged') }}

),

aligned as (

    -- The slower of the two sets the pace.
    select
        periods.series_id,
        others.series_id as other_id,
        periods.period,
        periods.period_start_date,
        periods.value,
        others.value as other_value,
        periods.is_synthetic or others.is_synthetic as is_synthetic
    from periods
    inner join periods as others
        on
            periods.period = others.period
            and periods.period_start_date = others.period_start_date
            and periods.series_id < others.series_id
    where periods.is_own_pace or others.is_own_pace

),

final as (

    -- Both change from one common period to the next, over the same stretch.
    select
        series_id,
        other_id,
        'series' as other_kind,
        period,
        period_start_date,
        value,
        other_value,
        value - lag(value) over common_periods as change,
        other_value - lag(other_value) over common_periods as other_change,
        is_synthetic
    from aligned
    window common_periods as (
        partition by series_id, other_id order by period_start_date
    )

)

select * from final
