{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ take_macro_changes() }}",
        post_hook="{{ keep_position() }}",
    )
}}

with

changes as (

    {{ changes_taken('int_macro_changes', 'int_macro_vintages_unioned', 'series_id') }}

),

vintages as (

    select * from {{ ref('int_macro_vintages_numbered') }}

),

keyless_observations as (

    select in_doubt.*
    from changes
    inner join {{ ref('stg_fred__keyless_observations') }} as in_doubt
        on
            changes.series_id = in_doubt.fred_series_id
            and changes.changed_from <= in_doubt.observation_date

),

observations_with_vintages as (

    select distinct
        series_id,
        observation_date
    from vintages

),

keyless_values as (

    -- Of an observation whose vintages are known, they alone count.
    select
        keyless_observations.*,
        lead(keyless_observations.fetched_at) over fetches as next_fetched_at
    from keyless_observations
    left join observations_with_vintages
        on
            keyless_observations.fred_series_id = observations_with_vintages.series_id
            and keyless_observations.observation_date = observations_with_vintages.observation_date
    where observations_with_vintages.series_id is null
    window fetches as (
        partition by keyless_observations.fred_series_id, keyless_observations.observation_date
        order by keyless_observations.fetched_at
    )

),

final as (

    select
        series_id,
        observation_date,
        value,
        vintage_number,
        revision,
        is_first_release,
        is_latest,
        'api' as retrieved_from,
        is_synthetic,
        release_date,
        known_from,
        known_to,
        fetched_at,
        response_id
    from vintages

    union all

    select
        fred_series_id as series_id,
        observation_date,
        value,
        cast(null as bigint) as vintage_number,
        cast(null as double precision) as revision,
        false as is_first_release,
        next_fetched_at is null as is_latest,
        retrieved_from,
        is_synthetic,
        cast(null as date) as release_date,
        fetched_at as known_from,
        next_fetched_at as known_to,
        fetched_at,
        response_id
    from keyless_values

)

select * from final
