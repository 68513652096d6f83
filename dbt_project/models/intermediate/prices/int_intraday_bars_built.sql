{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ take_intraday_changes(after='int_intraday_bars_aligned') }}",
        post_hook="{{ keep_position() }}",
    )
}}

with

intraday_bars as (

    {{ changed_intraday_rows(ref('int_intraday_bars_aligned'), 'int_intraday_bars_built') }}

),

spans as (

    -- Spans count from the open or, after the close, from there.
    select
        intraday_bars.*,
        wider.bar_interval as span_interval,
        date_bin(
            cast(wider.bar_interval as interval),
            intraday_bars.bar_start_at,
            case
                when intraday_bars.session_phase = 'post_market' then intraday_bars.closes_at
                else intraday_bars.opens_at
            end
        ) as span_start_at
    from intraday_bars
    inner join (values ('5min'), ('15min'), ('1h')) as wider (bar_interval)
        on cast(intraday_bars.bar_interval as interval) < cast(wider.bar_interval as interval)

),

built as (

    select
        instrument_id,
        provider,
        span_interval,
        span_start_at,
        -- The last span of a session may be shorter than the others.
        least(
            span_start_at + cast(span_interval as interval),
            case when session_phase = 'regular' then min(closes_at) end
        ) as span_end_at,
        session_date,
        session_phase,
        (array_agg(open_price order by bar_start_at))[1] as open_price,
        max(high_price) as high_price,
        min(low_price) as low_price,
        (array_agg(close_price order by bar_start_at desc))[1] as close_price,
        -- A part without a volume leaves that of the whole unknown.
        case when count(volume) = count(*) then sum(volume) end as volume,
        case
            when count(volume) = count(*)
                then
                    sum((high_price + low_price + close_price) / 3 * volume)
                    / nullif(sum(volume), 0)
        end as vwap,
        count(*) as bar_count,
        sum(bar_end_at - bar_start_at) as covered,
        bool_and(is_complete) as is_closed,
        bool_or(is_synthetic) as is_synthetic,
        max(fetched_at) as fetched_at,
        (array_agg(response_id order by bar_start_at desc))[1] as response_id
    from spans
    group by
        instrument_id, provider, span_interval, span_start_at, session_date, session_phase,
        bar_interval

),

final as (

    -- Minutes without a trade have no bar: of what covers as much, the fewest parts come first.
    select distinct on (instrument_id, provider, span_interval, span_start_at)
        instrument_id,
        provider,
        span_interval as bar_interval,
        span_start_at as bar_start_at,
        span_end_at as bar_end_at,
        session_date,
        session_phase,
        open_price,
        high_price,
        low_price,
        close_price,
        volume,
        vwap,
        bar_count,
        is_closed and covered = span_end_at - span_start_at as is_complete,
        is_synthetic,
        fetched_at,
        response_id
    from built
    order by
        instrument_id,
        provider,
        span_interval,
        span_start_at,
        is_closed and covered = span_end_at - span_start_at desc,
        covered desc,
        bar_count

)

select * from final
