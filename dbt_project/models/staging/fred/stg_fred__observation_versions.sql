with

observations as (

    select * from {{ source('fred', 'observations') }}

),

final as (

    select
        series_id as fred_series_id,
        cast(date as date) as observation_date,
        cast(realtime_start as date) as realtime_start_date,
        request_id,
        fetched_at,
        _dlt_load_id as load_id
    from observations

)

select * from final
