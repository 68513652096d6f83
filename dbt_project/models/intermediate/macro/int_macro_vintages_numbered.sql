{{ config(materialized='ephemeral') }}

with

changes as (

    {{ changes_taken('int_macro_changes', 'int_macro_vintages_unioned', 'series_id') }}

),

observations as (

    select in_doubt.*
    from changes
    cross join
        lateral (
            select *
            from {{ ref('stg_fred__observations') }}
            where
                fred_series_id = changes.series_id
                and observation_date >= changes.changed_from
            -- A fence for the planner: by the index, series after series.
            order by observation_date
            offset 0
        ) as in_doubt

),

bounded as (

    select
        observations.*,
        -- A vintage ends at its own end, or where the next begins if that was seen later.
        least(
            realtime_end_date + 1,
            lead(realtime_start_date) over vintages
        ) as next_start_date
    from observations
    window vintages as (
        partition by fred_series_id, observation_date order by realtime_start_date
    )

),

numbered as (

    select
        bounded.*,
        case
            when value is not null then count(value) over earlier_vintages
        end as vintage_number,
        -- A vintage without a value lies in a part of its own: it is passed over.
        value - lag(value) over vintages_alike as revision
    from bounded
    window
        earlier_vintages as (
            partition by fred_series_id, observation_date
            order by realtime_start_date
            rows between unbounded preceding and current row
        ),
        vintages_alike as (
            partition by fred_series_id, observation_date, value is null
            order by realtime_start_date
        )

),

final as (

    select
        fred_series_id as series_id,
        observation_date,
        value,
        vintage_number,
        revision,
        coalesce(vintage_number = 1, false) as is_first_release,
        next_start_date > date '9999-12-31' as is_latest,
        is_synthetic,
        realtime_start_date as release_date,
        -- FRED's day begins at midnight in Chicago.
        cast(realtime_start_date as timestamp) at time zone 'America/Chicago' as known_from,
        case
            when next_start_date <= date '9999-12-31'
                then cast(next_start_date as timestamp) at time zone 'America/Chicago'
        end as known_to,
        fetched_at,
        response_id
    from numbered

)

select * from final
