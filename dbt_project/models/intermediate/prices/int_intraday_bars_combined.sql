with

delivered_bars as (

    select
        delivered.*,
        (delivered.high_price + delivered.low_price + delivered.close_price) / 3 as typical_price
    from {{ ref('int_intraday_bars_unioned') }} as delivered

),

providers as (

    select * from {{ ref('providers') }}

),

five_minute_bars as (

    -- One name per instrument and instant: a former ticker fills only what the present one lacks.
    select distinct on (instrument_id, provider, bar_start_at)
        delivered_bars.*,
        date_bin('15 minutes', bar_start_at, opens_at) as quarter_start_at
    from delivered_bars
    where bar_interval = '5min'
    order by instrument_id, provider, bar_start_at, is_former_symbol, fetched_at desc

),

quarters as (

    select
        instrument_id,
        provider,
        '15min' as bar_interval,
        quarter_start_at as bar_start_at,
        session_date,
        (array_agg(open_price order by bar_start_at))[1] as open_price,
        max(high_price) as high_price,
        min(low_price) as low_price,
        (array_agg(close_price order by bar_start_at desc))[1] as close_price,
        sum(volume) as volume,
        sum(typical_price * volume) / nullif(sum(volume), 0) as vwap,
        count(*) as bar_count,
        count(*) = 3 and bool_and(is_final) as is_complete,
        false as is_delivered,
        false as is_former_symbol,
        bool_or(is_synthetic) as is_synthetic,
        max(fetched_at) as fetched_at,
        (array_agg(response_id order by bar_start_at desc))[1] as response_id
    from five_minute_bars
    group by instrument_id, provider, session_date, quarter_start_at

),

candidates as (

    select
        instrument_id,
        provider,
        bar_interval,
        bar_start_at,
        session_date,
        open_price,
        high_price,
        low_price,
        close_price,
        volume,
        case when volume > 0 then typical_price end as vwap,
        cast(1 as bigint) as bar_count,
        is_final as is_complete,
        true as is_delivered,
        is_former_symbol,
        is_synthetic,
        fetched_at,
        response_id
    from delivered_bars

    union all

    select * from quarters

),

final as (

    select distinct on (candidates.instrument_id, candidates.bar_interval, candidates.bar_start_at)
        candidates.instrument_id,
        candidates.provider,
        candidates.bar_interval,
        candidates.bar_start_at,
        candidates.session_date,
        candidates.open_price,
        candidates.high_price,
        candidates.low_price,
        candidates.close_price,
        candidates.volume,
        candidates.vwap,
        candidates.bar_count,
        candidates.is_complete,
        candidates.is_delivered,
        candidates.is_former_symbol,
        candidates.is_synthetic,
        candidates.fetched_at,
        candidates.response_id
    from candidates
    inner join providers
        on candidates.provider = providers.provider
    order by
        candidates.instrument_id,
        candidates.bar_interval,
        candidates.bar_start_at,
        candidates.is_delivered desc,
        providers.bar_precedence,
        candidates.is_former_symbol,
        candidates.fetched_at desc

)

select * from final
