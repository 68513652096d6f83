with

observations as (

    select * from {{ ref('int_macro_observations_measured') }}

),

macro_windows as (

    select * from {{ ref('macro_windows') }}

),

histories as (

    select
        series_id,
        min(observation_date) as first_date,
        max(observation_date) as last_date
    from observations
    group by series_id

),

spans as (

    select
        histories.series_id,
        histories.last_date,
        macro_windows.window_name,
        coalesce(
            cast(histories.last_date - make_interval(years => macro_windows.years) as date),
            histories.first_date - 1
        ) as after_date,
        macro_windows.years is null
        or histories.first_date
        <= histories.last_date - make_interval(years => macro_windows.years) as is_whole
    from histories
    cross join macro_windows

),

summed as (

    select
        spans.series_id,
        spans.window_name,
        spans.is_whole,
        min(observations.observation_date) as first_observation_date,
        max(observations.observation_date) as last_observation_date,
        count(*) as observation_count,
        cast(avg(cast(observations.value as numeric)) as double precision) as mean,
        cast(var_samp(cast(observations.value as numeric)) as double precision) as variance,
        min(observations.value) as minimum,
        max(observations.value) as maximum,
        bool_or(observations.is_synthetic) as is_synthetic
    from spans
    inner join observations
        on
            spans.series_id = observations.series_id
            and spans.after_date < observations.observation_date
    group by spans.series_id, spans.window_name, spans.is_whole

),

final as (

    -- A history that is shorter than its window gives no figure for it.
    select
        series_id,
        window_name,
        first_observation_date,
        last_observation_date,
        observation_count,
        is_whole,
        case when is_whole then mean end as mean,
        case when is_whole then variance end as variance,
        case when is_whole then sqrt(variance) end as standard_deviation,
        case when is_whole then minimum end as minimum,
        case when is_whole then maximum end as maximum,
        is_synthetic
    from summed

)

select * from final
