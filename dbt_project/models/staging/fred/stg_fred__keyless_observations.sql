with

keyless_observations as (

    select * from {{ source('fred', 'keyless_observations') }}

),

newest as (

    select distinct on (series_id, date, fetched_at) keyless_observations.*
    from keyless_observations
    order by series_id, date, fetched_at, request_id desc

),

final as (

    select
        series_id as fred_series_id,
        cast(date as date) as observation_date,
        cast(nullif(trim(value), '.') as double precision) as value,
        retrieved_from,
        request_id,
        response_id,
        fetched_at,
        _dlt_load_id as load_id,
        is_synthetic
    from newest

)

select * from final
