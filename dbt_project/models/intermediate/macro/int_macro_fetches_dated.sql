with

vintages as (

    select * from {{ ref('int_macro_vintages_unioned') }}

),

loaded_responses as (

    select * from {{ ref('stg_marketflow__loaded_responses') }}

),

fetches as (

    select fetched_at from vintages

    union all

    -- An unchanged answer adds no row, so the ledger knows of looks that the rows do not.
    select fetched_at
    from loaded_responses
    where
        source = 'fred'
        and resource in ('observations', 'keyless_observations')
        and status != 'rejected'

),

final as (

    select
        'fred' as source,
        cast(max(fetched_at) at time zone 'America/Chicago' as date) as last_fetch_date
    from fetches
    having max(fetched_at) is not null

)

select * from final
