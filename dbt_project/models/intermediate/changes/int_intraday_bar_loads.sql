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

    {{ new_loads('counted', 'provider') }}

)

select * from final
