with

series_releases as (

    select * from {{ source('fred', 'series_releases') }}

),

newest as (

    select distinct on (series_id) series_releases.*
    from series_releases
    order by series_id, fetched_at desc, request_id desc

),

final as (

    select
        series_id as fred_series_id,
        cast(release_id as integer) as release_id,
        {{ text_or_null('name') }} as release_name,
        cast(press_release as boolean) as is_press_release,
        {{ text_or_null('link') }} as release_link,
        request_id,
        response_id,
        fetched_at,
        is_synthetic
    from newest

)

select * from final
