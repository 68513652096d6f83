{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}

with

observation_versions as (

    select * from {{ ref('stg_fred__observation_versions') }}

),

keyless_observations as (

    select * from {{ ref('stg_fred__keyless_observations') }}

),

counted as (

    select
        'api' as retrieved_from,
        load_id,
        count(*) as row_count
    from observation_versions
    group by load_id

    union all

    select
        'keyless_csv' as retrieved_from,
        load_id,
        count(*) as row_count
    from keyless_observations
    group by load_id

),

final as (

    {{ new_loads('counted', 'retrieved_from') }}

)

select * from final
