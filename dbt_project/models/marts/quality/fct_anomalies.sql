with

anomalies as (

    select * from {{ ref('int_daily_anomalies_found') }}

),

instruments as (

    select * from {{ ref('dim_instruments') }}

),

final as (

    select
        anomalies.instrument_id,
        instruments.symbol,
        anomalies.session_date,
        anomalies.provider,
        anomalies.anomaly,
        anomalies.severity,
        anomalies.open_price,
        anomalies.high_price,
        anomalies.low_price,
        anomalies.close_price,
        anomalies.volume,
        anomalies.previous_close_price,
        anomalies.is_held_out,
        anomalies.is_accepted,
        anomalies.accepted_reason,
        anomalies.is_synthetic,
        anomalies.fetched_at as known_from,
        anomalies.response_id
    from anomalies
    inner join instruments
        on anomalies.instrument_id = instruments.instrument_id

)

select * from final
