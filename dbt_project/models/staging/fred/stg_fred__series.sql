with

series as (

    select * from {{ source('fred', 'series') }}

),

newest as (

    select distinct on (id) series.*
    from series
    order by id, fetched_at desc, request_id desc

),

final as (

    select
        id as fred_series_id,
        {{ text_or_null('title') }} as title,
        {{ text_or_null('frequency') }} as frequency,
        {{ text_or_null('frequency_short') }} as frequency_code,
        {{ text_or_null('units') }} as units,
        {{ text_or_null('units_short') }} as units_code,
        {{ text_or_null('seasonal_adjustment') }} as seasonal_adjustment,
        {{ text_or_null('seasonal_adjustment_short') }} as seasonal_adjustment_code,
        {{ text_or_null('notes') }} as notes,
        cast(popularity as integer) as popularity,
        cast({{ text_or_null('observation_start') }} as date) as observation_start_date,
        cast({{ text_or_null('observation_end') }} as date) as observation_end_date,
        cast(last_updated as timestamptz) as last_updated_at,
        request_id,
        response_id,
        fetched_at,
        is_synthetic
    from newest

)

select * from final
