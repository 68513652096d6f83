with

release_dates as (

    select * from {{ source('fred', 'release_dates') }}

),

newest as (

    select distinct on (release_id, date) release_dates.*
    from release_dates
    order by release_id, date, fetched_at desc, request_id desc

),

final as (

    select
        cast(release_id as integer) as release_id,
        cast(date as date) as release_date,
        request_id,
        response_id,
        fetched_at,
        is_synthetic
    from newest

)

select * from final
