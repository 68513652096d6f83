with

intraday_bars as (

    select * from {{ ref('int_intraday_bars_unioned') }}

),

finer_bars as (

    -- One name per instrument and instant: a former ticker fills only what the present one lacks.
    select distinct on (instrument_id, provider, bar_interval, bar_start_at)
        intraday_bars.*,
        date_bin('15 minutes', bar_start_at, opens_at) as quarter_start_at,
        (high_price + low_price + close_price) / 3 as typical_price,
        case when bar_interval = '5min' then 3 else 15 end as bars_per_quarter
    from intraday_bars
    where bar_interval in ('1min', '5min')
    order by
        instrument_id,
        provider,
        bar_interval,
        bar_start_at,
        is_former_symbol,
        fetched_at desc

),

built as (

    select
        instrument_id,
        provider,
        session_date,
        closes_at,
        quarter_start_at,
        bars_per_quarter,
        (array_agg(open_price order by bar_start_at))[1] as open_price,
        max(high_price) as high_price,
        min(low_price) as low_price,
        (array_agg(close_price order by bar_start_at desc))[1] as close_price,
        sum(volume) as volume,
        sum(typical_price * volume) / nullif(sum(volume), 0) as vwap,
        count(*) as bar_count,
        count(*) = bars_per_quarter and bool_and(is_final) as is_complete,
        bool_or(is_synthetic) as is_synthetic,
        max(fetched_at) as fetched_at,
        (array_agg(response_id order by bar_start_at desc))[1] as response_id
    from finer_bars
    group by
        instrument_id,
        provider,
        session_date,
        closes_at,
        quarter_start_at,
        bars_per_quarter

),

final as (

    -- Minutes without a trade have no bar, so bars of five minutes come first.
    select distinct on (instrument_id, provider, quarter_start_at)
        instrument_id,
        provider,
        '15min' as bar_interval,
        quarter_start_at as bar_start_at,
        session_date,
        open_price,
        high_price,
        low_price,
        close_price,
        volume,
        vwap,
        bar_count,
        is_complete,
        closes_at,
        is_synthetic,
        fetched_at,
        response_id
    from built
    order by
        instrument_id,
        provider,
        quarter_start_at,
        is_complete desc,
        bars_per_quarter

)

select * from final
