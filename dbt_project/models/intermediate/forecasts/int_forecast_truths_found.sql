with

forecasts as (

    select * from {{ ref('int_forecasts_identified') }}

),

bars as (

    select * from {{ ref('int_daily_bars_adjusted') }}

),

bar_versions as (

    select * from {{ ref('int_daily_bar_revisions_compared') }}

),

macro_vintages as (

    select * from {{ ref('int_macro_vintages_unioned') }}

),

targets as (

    select distinct
        subject_id,
        instrument_id,
        series_id,
        origin_date,
        target_date
    from forecasts

),

prices as (

    select
        targets.subject_id,
        targets.origin_date,
        targets.target_date,
        -- A split between the two days is undone: the forecast is on the scale of the origin.
        bar_versions.close_price
        * origin_bars.later_split_ratio / target_bars.later_split_ratio as truth,
        bar_versions.known_from
    from targets
    inner join bar_versions
        on
            targets.instrument_id = bar_versions.instrument_id
            and targets.target_date = bar_versions.session_date
    inner join bars as origin_bars
        on
            targets.instrument_id = origin_bars.instrument_id
            and targets.origin_date = origin_bars.session_date
    inner join bars as target_bars
        on
            targets.instrument_id = target_bars.instrument_id
            and targets.target_date = target_bars.session_date

),

macro_values as (

    select
        targets.subject_id,
        targets.origin_date,
        targets.target_date,
        macro_vintages.value as truth,
        macro_vintages.known_from
    from targets
    inner join macro_vintages
        on
            targets.series_id = macro_vintages.series_id
            and targets.target_date = macro_vintages.observation_date

),

versions as (

    select * from prices

    union all

    select * from macro_values

),

final as (

    -- The first version of the truth: a later correction judges no forecast again.
    select distinct on (subject_id, origin_date, target_date)
        subject_id,
        origin_date,
        target_date,
        truth,
        known_from as truth_known_from
    from versions
    where truth is not null
    order by subject_id, origin_date, target_date, known_from

)

select * from final
