with

skips as (

    select * from {{ source('marketflow', 'skips') }}

),

final as (

    -- A load names a symbol once for every body that it could not read.
    select distinct
        run_id,
        source,
        resource,
        symbol as provider_symbol,
        reason,
        skipped_at
    from skips

)

select * from final
