{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}

with

bar_versions as (

    select * from {{ ref('int_intraday_bar_versions_unioned') }}

),

counted as (

    select
        provider,
        load_id,
        count(*) as row_count
    from bar_versions
    group by provider, load_id

),

final as (

    select
        {{ next_change_number('load_id, provider') }} as change_number,
        provider,
        load_id,
        row_count
    from counted
    {% if is_incremental() %}
        -- A load that has grown since it was seen counts as new.
        where not exists (
            select from {{ this }} as seen
            where
                seen.provider = counted.provider
                and seen.load_id = counted.load_id
                and seen.row_count = counted.row_count
        )
    {% endif %}

)

select * from final
