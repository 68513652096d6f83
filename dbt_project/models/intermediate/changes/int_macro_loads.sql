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

    select
        {{ next_change_number('load_id, retrieved_from') }} as change_number,
        retrieved_from,
        load_id,
        row_count
    from counted
    {% if is_incremental() %}
        -- A load that has grown since it was seen counts as new.
        where not exists (
            select from {{ this }} as seen
            where
                seen.retrieved_from = counted.retrieved_from
                and seen.load_id = counted.load_id
                and seen.row_count = counted.row_count
        )
    {% endif %}

)

select * from final
