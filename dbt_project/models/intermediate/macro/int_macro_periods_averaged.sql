with

observations as (

    select * from {{ ref('int_macro_observations_measured') }}

),

paces as (

    select
        series_id,
        percentile_cont(0.5) within group (
            order by next_observation_date - observation_date
        ) as usual_gap_days
    from observations
    where next_observation_date is not null
    group by series_id

),

-- Up to which usual gap a series has a value for nearly every period of that length. A week is
-- the shortest: days are set at different hours and published on different days.
periods (period, period_rank, longest_gap_days) as (

    values
    ('week', 1, 10),
    ('month', 2, 35),
    ('quarter', 3, 100),
    ('year', 4, 400)

),

paced as (

    select
        paces.series_id,
        periods.period,
        periods.period_rank,
        periods.period_rank = min(periods.period_rank) over periods_of_series as is_own_pace
    from paces
    inner join periods
        on paces.usual_gap_days <= periods.longest_gap_days
    window periods_of_series as (partition by paces.series_id)

),

final as (

    select
        observations.series_id,
        paced.period,
        cast(
            date_trunc(paced.period, cast(observations.observation_date as timestamp)) as date
        ) as period_start_date,
        paced.is_own_pace,
        cast(avg(cast(observations.value as numeric)) as double precision) as value,
        bool_or(observations.is_synthetic) as is_synthetic
    from observations
    inner join paced
        on observations.series_id = paced.series_id
    group by
        observations.series_id,
        paced.period,
        date_trunc(paced.period, cast(observations.observation_date as timestamp)),
        paced.is_own_pace

)

select * from final
