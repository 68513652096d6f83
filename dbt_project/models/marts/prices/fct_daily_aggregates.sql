with

intraday_sessions as (

    select * from {{ ref('int_intraday_sessions_measured') }}

),

daily_bars as (

    select * from {{ ref('fct_daily_bars') }}

),

instruments as (

    select * from {{ ref('dim_instruments') }}

),

compared as (

    select
        intraday_sessions.*,
        instruments.symbol,
        daily_bars.provider as daily_provider,
        intraday_sessions.open_price - daily_bars.open_price as open_difference,
        intraday_sessions.high_price - daily_bars.high_price as high_difference,
        intraday_sessions.low_price - daily_bars.low_price as low_difference,
        intraday_sessions.close_price - daily_bars.close_price as close_difference,
        -- Volumes of two providers may count different things.
        case
            when intraday_sessions.provider = daily_bars.provider
                then intraday_sessions.volume / nullif(daily_bars.volume, 0)
        end as volume_share,
        -- A minute without a trade has no bar, so that a few may be missing.
        intraday_sessions.session_coverage >= 0.95
        and daily_bars.close_price is not null as is_comparable,
        -- Auctions are in the daily bar alone. Minutes of one vendor differ from its daily prices
        -- by up to 0.2 %, and hold 0.7 to 1 of the volume: what is further apart is an error.
        0.005 * abs(daily_bars.close_price) as price_tolerance
    from intraday_sessions
    inner join instruments
        on intraday_sessions.instrument_id = instruments.instrument_id
    left join daily_bars
        on
            intraday_sessions.instrument_id = daily_bars.instrument_id
            and intraday_sessions.session_date = daily_bars.session_date

),

judged as (

    select
        compared.*,
        nullif(
            concat_ws(
                ', ',
                case when abs(open_difference) > price_tolerance then 'open' end,
                case when abs(high_difference) > price_tolerance then 'high' end,
                case when abs(low_difference) > price_tolerance then 'low' end,
                case when abs(close_difference) > price_tolerance then 'close' end,
                case when volume_share not between 0.5 and 1.05 then 'volume' end
            ),
            ''
        ) as measures_apart
    from compared

),

final as (

    select
        instrument_id,
        symbol,
        session_date,
        provider,
        bar_interval,
        open_price,
        high_price,
        low_price,
        close_price,
        volume,
        session_vwap,
        high_price - low_price as price_range,
        100 * (high_price - low_price) / nullif(abs(open_price), 0) as price_range_pct,
        bar_count,
        expected_bar_count,
        session_coverage,
        is_complete,
        daily_provider,
        open_difference,
        high_difference,
        low_difference,
        close_difference,
        volume_share,
        case when is_comparable then measures_apart end as disagreements,
        case when is_comparable then measures_apart is null end as agrees_with_daily_bar,
        is_synthetic,
        opens_at,
        closes_at,
        fetched_at as known_from,
        response_id
    from judged

)

select * from final
