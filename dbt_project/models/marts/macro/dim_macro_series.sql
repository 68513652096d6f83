with

tracked_instruments as (

    select * from {{ ref('stg_marketflow__tracked_instruments') }}

),

series as (

    select * from {{ ref('stg_fred__series') }}

),

tracked_series as (

    select distinct on (fred_series_id)
        fred_series_id,
        instrument_id,
        name,
        is_active
    from tracked_instruments
    where fred_series_id is not null
    order by fred_series_id, is_active desc, instrument_id

),

final as (

    select
        coalesce(series.fred_series_id, tracked_series.fred_series_id) as series_id,
        tracked_series.instrument_id,
        coalesce(series.title, tracked_series.name) as title,
        series.frequency,
        series.frequency_code,
        series.units,
        series.units_code,
        series.seasonal_adjustment,
        series.seasonal_adjustment_code,
        'fred' as source,
        series.notes,
        coalesce(tracked_series.is_active, false) as is_active,
        series.observation_start_date,
        series.observation_end_date,
        series.last_updated_at
    from series
    full outer join tracked_series
        on series.fred_series_id = tracked_series.fred_series_id

)

select * from final
