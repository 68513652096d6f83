with

raw_rows as (

    select
        'raw_fred.observations' as raw_table,
        to_json(observations) as raw_row,
        observations.realtime_start,
        observations.fetched_at,
        observations.request_id
    from {{ source('fred', 'observations') }} as observations
    where
        observations.series_id = explain_fred_rows.series_id
        and cast(observations.date as date) = explain_fred_rows.observation_date

    union all

    select
        'raw_fred.keyless_observations' as raw_table,
        to_json(observations) as raw_row,
        cast(null as text) as realtime_start,
        observations.fetched_at,
        observations.request_id
    from {{ source('fred', 'keyless_observations') }} as observations
    where
        observations.series_id = explain_fred_rows.series_id
        and cast(observations.date as date) = explain_fred_rows.observation_date

)

select
    coalesce(
        json_agg(
            json_build_object(
                'table', raw_table,
                'row', raw_row,
                'response', {{ function('explain_response') }}(request_id)
            )
            order by realtime_start nulls last, fetched_at, request_id
        ),
        '[]'
    )
from raw_rows
