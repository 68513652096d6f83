with

observations as (

    select * from {{ ref('int_macro_observations_measured') }}

),

headlines as (

    select * from {{ ref('int_macro_headlines_stepped') }}

),

last_days as (

    select
        series_id,
        max(stands_until_date) as last_date
    from observations
    group by series_id

),

observation_days as (

    select
        observations.*,
        cast(days.day as date) as date
    from observations
    cross join
        lateral generate_series(
            cast(observations.observation_date as timestamp),
            cast(observations.stands_until_date as timestamp),
            interval '1 day'
        ) as days (day)

),

headline_spans as (

    select
        headlines.*,
        coalesce(
            lead(headlines.release_date) over releases - 1, last_days.last_date
        ) as known_until_date
    from headlines
    inner join last_days
        on headlines.series_id = last_days.series_id
    window releases as (partition by headlines.series_id order by headlines.release_date)

),

headline_days as (

    select
        headline_spans.*,
        cast(days.day as date) as date
    from headline_spans
    cross join
        lateral generate_series(
            cast(headline_spans.release_date as timestamp),
            cast(headline_spans.known_until_date as timestamp),
            interval '1 day'
        ) as days (day)

),

final as (

    select
        observation_days.series_id,
        observation_days.date,
        observation_days.observation_date,
        observation_days.value,
        observation_days.observation_date != observation_days.date as is_carried_forward,
        observation_days.date - observation_days.observation_date as age_days,
        observation_days.change,
        observation_days.pct_change_1y,
        observation_days.z_score,
        observation_days.index_100,
        headline_days.value as known_value,
        headline_days.observation_date as known_observation_date,
        headline_days.release_date as known_release_date,
        headline_days.date - headline_days.observation_date as known_age_days,
        observation_days.is_synthetic
    from observation_days
    left join headline_days
        on
            observation_days.series_id = headline_days.series_id
            and observation_days.date = headline_days.date

)

select * from final
