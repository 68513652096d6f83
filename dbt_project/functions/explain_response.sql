select
    json_build_object(
        'request_id', loads.request_id,
        'source', loads.source,
        'resource', loads.resource,
        'url', calls.url,
        'requested_at', calls.requested_at,
        'fetched_at', loads.fetched_at,
        'http_status', calls.http_status,
        'sha256', loads.response_id,
        'byte_count', calls.byte_count,
        'landing_path', loads.landing_path,
        'loaded_at', loads.loaded_at,
        'row_count', loads.row_count,
        'dlt_load_id', loads.dlt_load_id
    )
from {{ ref('stg_marketflow__loaded_responses') }} as loads
-- A file that a person brought was never asked for: it has no call.
left join {{ ref('stg_marketflow__api_calls') }} as calls
    on loads.request_id = calls.request_id
where loads.request_id = explain_response.request_id
