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

    {{ changed_intraday_rows(ref('int_intraday_bars_aligned'), 'int_intraday_sessions_measured') }}

),

providers as (

    select * from {{ ref('providers') }}

),

measured as (

    select
        instrument_id,
        session_date,
        provider,
        bar_interval,
        opens_at,
        closes_at,
        (array_agg(open_price order by bar_start_at))[1] as open_price,
        max(high_price) as high_price,
        min(low_price) as low_price,
        (array_agg(close_price order by bar_start_at desc))[1] as close_price,
        -- A bar without a volume leaves that of the session unknown.
        case when count(volume) = count(*) then sum(volume) end as volume,
        case
            when count(volume) = count(*)
                then
                    sum((high_price + low_price + close_price) / 3 * volume)
                    / nullif(sum(volume), 0)
        end as session_vwap,
        count(*) as bar_count,
        coalesce(
            extract(epoch from sum(bar_end_at - bar_start_at) filter (where is_complete))
            / extract(epoch from closes_at - opens_at),
            0
        ) as session_coverage,
        bool_or(is_synthetic) as is_synthetic,
        max(fetched_at) as fetched_at,
        (array_agg(response_id order by bar_start_at desc))[1] as response_id
    from intraday_bars
    where session_phase = 'regular'
    group by
        instrument_id,
        session_date,
        provider,
        bar_interval,
        opens_at,
        closes_at

),

final as (

    -- Bars of one provider and width: those that cover most, then the provider that comes first,
    -- then the shortest.
    select distinct on (measured.instrument_id, measured.session_date)
        measured.instrument_id,
        measured.session_date,
        measured.provider,
        measured.bar_interval,
        measured.opens_at,
        measured.closes_at,
        measured.open_price,
        measured.high_price,
        measured.low_price,
        measured.close_price,
        measured.volume,
        measured.session_vwap,
        measured.bar_count,
        cast(
            ceil(
                extract(epoch from measured.closes_at - measured.opens_at)
                / extract(epoch from cast(measured.bar_interval as interval))
            ) as bigint
        ) as expected_bar_count,
        cast(measured.session_coverage as double precision) as session_coverage,
        measured.session_coverage = 1 as is_complete,
        measured.is_synthetic,
        measured.fetched_at,
        measured.response_id
    from measured
    inner join providers
        on measured.provider = providers.provider
    order by
        measured.instrument_id,
        measured.session_date,
        measured.session_coverage desc,
        providers.bar_precedence,
        cast(measured.bar_interval as interval)

)

select * from final
