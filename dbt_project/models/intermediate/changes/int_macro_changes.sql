{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        full_refresh=false,
        pre_hook="{{ take_changes('int_macro_loads') }}",
        post_hook="{{ keep_position() }}",
    )
}}

with

loads as (

    {{ log_rows_taken('int_macro_loads', 'int_macro_changes') }}

),

observation_versions as (

    select * from {{ ref('stg_fred__observation_versions') }}

),

keyless_observations as (

    select * from {{ ref('stg_fred__keyless_observations') }}

),

arrived as (

    select
        observation_versions.fred_series_id as series_id,
        observation_versions.observation_date
    from loads
    inner join observation_versions
        on loads.load_id = observation_versions.load_id
    where loads.retrieved_from = 'api'

    union all

    select
        keyless_observations.fred_series_id as series_id,
        keyless_observations.observation_date
    from loads
    inner join keyless_observations
        on loads.load_id = keyless_observations.load_id
    where loads.retrieved_from = 'keyless_csv'

),

series as (

    select
        series_id,
        min(observation_date) as changed_from
    from arrived
    group by series_id

),

final as (

    select
        {{ next_change_number('series_id') }} as change_number,
        series_id,
        changed_from
    from series

)

select * from final
