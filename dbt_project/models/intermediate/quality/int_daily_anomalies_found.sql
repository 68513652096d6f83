{%- set critical = "('high_below_low', 'price_not_positive', 'zero_open', 'unit_error')" -%}
with

daily_bars as (

    select * from {{ ref('int_daily_bars_aligned') }}

),

flagged_bars as (

    select * from {{ ref('int_daily_bars_flagged') }}

),

accepted_anomalies as (

    select * from {{ ref('accepted_anomalies') }}

),

held_out as (

    -- A session that has not finished is nothing odd.
    select distinct on (instrument_id, provider, session_date)
        instrument_id,
        provider,
        session_date,
        hold_out_reason as anomaly,
        true as is_held_out,
        open_price,
        high_price,
        low_price,
        close_price,
        volume,
        cast(null as double precision) as previous_close_price,
        is_synthetic,
        fetched_at,
        response_id
    from daily_bars
    where hold_out_reason != 'session_not_finished'
    order by instrument_id, provider, session_date, is_former_symbol, provider_symbol

),

flagged as (

    select
        flagged_bars.instrument_id,
        flagged_bars.provider,
        flagged_bars.session_date,
        signs.anomaly,
        false as is_held_out,
        flagged_bars.open_price,
        flagged_bars.high_price,
        flagged_bars.low_price,
        flagged_bars.close_price,
        flagged_bars.volume,
        flagged_bars.previous_close_price,
        flagged_bars.is_synthetic,
        flagged_bars.fetched_at,
        flagged_bars.response_id
    from flagged_bars
    cross join
        lateral (
            values
            ('inconsistent_ohlc', flagged_bars.is_inconsistent_ohlc),
            ('bad_tick', flagged_bars.is_bad_tick),
            ('unadjusted_split', flagged_bars.is_unadjusted_split),
            ('split_already_applied', flagged_bars.is_split_already_applied),
            ('stale_price', flagged_bars.is_stale_price),
            ('volume_spike', flagged_bars.is_volume_spike),
            ('zero_volume', flagged_bars.is_zero_volume)
        ) as signs (anomaly, is_seen)
    where signs.is_seen

),

found as (

    select * from held_out
    union all
    select * from flagged

),

final as (

    select
        found.instrument_id,
        found.provider,
        found.session_date,
        found.anomaly,
        case when found.anomaly in {{ critical }} then 'critical' else 'warning' end as severity,
        found.is_held_out,
        accepted_anomalies.verdict is not null as is_accepted,
        accepted_anomalies.reason as accepted_reason,
        found.open_price,
        found.high_price,
        found.low_price,
        found.close_price,
        found.volume,
        found.previous_close_price,
        found.is_synthetic,
        found.fetched_at,
        found.response_id
    from found
    left join accepted_anomalies
        on
            found.instrument_id = accepted_anomalies.instrument_id
            and found.provider = accepted_anomalies.provider
            and found.session_date = accepted_anomalies.session_date
            and found.anomaly = accepted_anomalies.anomaly

)

select * from final
