"""The only SQL of the dashboards: bounded reads of marts and ops, named by the pages."""

INSTRUMENTS = """
    select instrument_id, symbol, name, asset_class, currency, calendar, sector, is_active
    from marts.dim_instruments
    -- A treasury tenor is a yield of fct_yield_curve and has no bars.
    where asset_class not in ('macro', 'treasury')
    order by is_active desc, symbol
"""

SESSIONS = """
    select calendar, session_date, opens_at, closes_at, is_half_day
    from marts.dim_sessions
    where session_date between :first_date and :last_date
    order by calendar, session_date
"""

LATEST_PRICES = """
    select
        instruments.instrument_id,
        instruments.symbol,
        instruments.name,
        instruments.asset_class,
        instruments.currency,
        instruments.calendar,
        prices.price,
        prices.previous_close_price,
        prices.change,
        prices.change_pct,
        prices.as_of,
        prices.provider,
        prices.is_synthetic
    from marts.fct_latest_prices as prices
    inner join marts.dim_instruments as instruments
        on prices.instrument_id = instruments.instrument_id
    where instruments.is_active
    order by instruments.symbol
"""

RECENT_CLOSES = """
    select
        instrument_id,
        array_agg(split_adjusted_close_price order by session_date) as closes
    from marts.fct_daily_bars
    where instrument_id = any(:instrument_ids) and session_date >= :first_date
    group by instrument_id
"""

SESSION_SPAN = """
    select min(session_date) as first_date, max(session_date) as last_date
    from marts.fct_daily_bars
    where instrument_id = :instrument_id
"""

DAILY_BARS = """
    select
        bars.session_date,
        bars.open_price,
        bars.high_price,
        bars.low_price,
        bars.close_price,
        bars.volume,
        bars.split_adjusted_open_price,
        bars.split_adjusted_high_price,
        bars.split_adjusted_low_price,
        bars.split_adjusted_close_price,
        bars.split_adjusted_volume,
        bars.volume_unit,
        bars.total_return_close_price,
        bars.provider,
        bars.known_from,
        bars.response_id,
        indicators.sma_20,
        indicators.sma_50,
        indicators.sma_200,
        indicators.ema_12,
        indicators.ema_26,
        indicators.bollinger_upper_20,
        indicators.bollinger_lower_20,
        indicators.vwap_20,
        indicators.macd_line,
        indicators.macd_signal,
        indicators.macd_histogram,
        indicators.rsi_14,
        indicators.volatility_20,
        indicators.atr_14,
        indicators.return_1d,
        returns.drawdown
    from marts.fct_daily_bars as bars
    left join marts.fct_daily_indicators as indicators
        on
            bars.instrument_id = indicators.instrument_id
            and bars.session_date = indicators.session_date
            -- Said of each table, or the planner may read its whole history.
            and indicators.session_date between :first_date and :last_date
    left join marts.fct_return_statistics as returns
        on
            bars.instrument_id = returns.instrument_id
            and bars.session_date = returns.session_date
            and returns.session_date between :first_date and :last_date
            and returns.window_sessions = 252
    where
        bars.instrument_id = :instrument_id
        and bars.session_date between :first_date and :last_date
    order by bars.session_date
    limit 20000
"""

YEAR_RANGE = """
    select
        count(*) as session_count,
        max(last_sessions.split_adjusted_high_price) as high_price,
        min(last_sessions.split_adjusted_low_price) as low_price
    from (
        select split_adjusted_high_price, split_adjusted_low_price
        from marts.fct_daily_bars
        where instrument_id = :instrument_id
        order by session_date desc
        limit 252
    ) as last_sessions
"""

CORPORATE_ACTIONS = """
    select action_type, ex_date, split_ratio, dividend
    from marts.fct_corporate_actions
    where instrument_id = :instrument_id and ex_date between :first_date and :last_date
    order by ex_date, action_type
"""

SOURCE_FETCHES = """
    select source, calendar, last_fetched_at
    from ops.fct_freshness
    order by source
    limit 100
"""

MARKET_BREADTH = """
    select
        session_date, member_count, priced_count, advancers, decliners, unchanged,
        advance_decline_ratio, advance_decline_line, new_highs_252, new_lows_252,
        above_sma_50, above_sma_200
    from marts.fct_market_breadth
    where index_name = :index_name and session_date >= :first_date
    order by session_date
    limit 1000
"""

SECTOR_RETURNS = """
    select session_date, sector, member_count, priced_count, mean_return
    from marts.fct_sector_performance
    where index_name = :index_name and session_date >= :first_date and priced_count > 0
    order by session_date, sector
    limit 2000
"""

# The newest curve at or before each day that is asked for, and none that is older than two weeks.
YIELD_CURVES = """
    select asked.day as asked_date, curve.observation_date, curve.tenor, curve.tenor_months,
        curve.yield_pct, curve.provider
    from unnest(cast(:days as date[])) as asked (day)
    inner join marts.fct_yield_curve as curve
        on curve.observation_date = (
            select max(newest.observation_date)
            from marts.fct_yield_curve as newest
            where newest.observation_date between asked.day - 14 and asked.day
        )
    order by curve.observation_date desc, curve.tenor_months
"""

# One curve a week is as much as a screen can show of some years.
YIELD_HISTORY = """
    select curve.observation_date, curve.tenor, curve.tenor_months, curve.yield_pct,
        curve.spread_10y_2y_pct, curve.spread_10y_3m_pct
    from marts.fct_yield_curve as curve
    where
        curve.observation_date >= :first_date
        and curve.observation_date in (
            select max(weeks.observation_date)
            from marts.fct_yield_curve as weeks
            where weeks.observation_date >= :first_date
            group by date_trunc('week', weeks.observation_date)
        )
    order by curve.observation_date, curve.tenor_months
    limit 10000
"""

LATEST_COINS = """
    select
        snapshots.instrument_id, snapshots.symbol, instruments.name, snapshots.market_cap_rank,
        snapshots.price, snapshots.price_change_24h_pct, snapshots.market_cap,
        snapshots.dominance_pct, snapshots.total_market_cap, snapshots.volume_24h,
        snapshots.circulating_supply, snapshots.all_time_high_price, snapshots.snapshot_at
    from marts.dim_instruments as instruments
    inner join lateral (
        select *
        from marts.fct_crypto_snapshots as history
        where history.instrument_id = instruments.instrument_id
        order by history.snapshot_at desc
        limit 1
    ) as snapshots on true
    where instruments.asset_class = 'crypto' and instruments.is_active
    order by snapshots.market_cap_rank nulls last, snapshots.market_cap desc
    limit 50
"""

# The last snapshot of each coin on each UTC day: one look into the key per point that is drawn.
COIN_HISTORY = """
    select snapshots.symbol, cast(days.day as date) as snapshot_date, snapshots.dominance_pct,
        snapshots.market_cap
    from unnest(cast(:instrument_ids as text[])) as coins (instrument_id)
    cross join generate_series(
        cast(:first_date as timestamp), cast(:last_date as timestamp), interval '1 day'
    ) as days (day)
    inner join lateral (
        select *
        from marts.fct_crypto_snapshots as history
        where
            history.instrument_id = coins.instrument_id
            and history.snapshot_at >= days.day at time zone 'UTC'
            and history.snapshot_at < (days.day + interval '1 day') at time zone 'UTC'
        order by history.snapshot_at desc
        limit 1
    ) as snapshots on true
    order by snapshots.symbol, snapshot_date
    limit 40000
"""

WEEKLY_BARS = """
    select
        cast(date_trunc('week', session_date) as date) as session_date,
        (array_agg(open_price order by session_date))[1] as open_price,
        max(high_price) as high_price,
        min(low_price) as low_price,
        (array_agg(close_price order by session_date desc))[1] as close_price,
        sum(volume) as volume,
        (array_agg(split_adjusted_open_price order by session_date))[1]
            as split_adjusted_open_price,
        max(split_adjusted_high_price) as split_adjusted_high_price,
        min(split_adjusted_low_price) as split_adjusted_low_price,
        (array_agg(split_adjusted_close_price order by session_date desc))[1]
            as split_adjusted_close_price,
        sum(split_adjusted_volume) as split_adjusted_volume,
        (array_agg(total_return_close_price order by session_date desc))[1]
            as total_return_close_price,
        (array_agg(volume_unit order by session_date desc))[1] as volume_unit,
        (array_agg(provider order by session_date desc))[1] as provider,
        max(known_from) as known_from
    from marts.fct_daily_bars
    where instrument_id = :instrument_id and session_date between :first_date and :last_date
    group by date_trunc('week', session_date)
    order by date_trunc('week', session_date)
"""

INTRADAY_BARS = """
    select bars.*
    from (
        select
            bar_start_at, bar_end_at, session_date, open_price, high_price, low_price,
            close_price, volume, vwap, is_complete, provider, known_from
        from marts.fct_intraday_bars
        where
            instrument_id = :instrument_id
            and bar_interval = :bar_interval
            and session_phase = 'regular'
        order by bar_start_at desc
        limit :bar_count
    ) as bars
    order by bars.bar_start_at
"""

SIGNALS = """
    select session_date, signal, split_adjusted_close_price
    from marts.fct_indicator_signals
    where
        instrument_id = :instrument_id
        and session_date between :first_date and :last_date
        and signal = any(:signals)
    order by session_date, signal
    limit 5000
"""

FORECASTS = """
    select horizon, target_date, point, lower, upper, model, origin_date, origin_value
    from marts.fct_forecasts
    where
        instrument_id = :instrument_id
        and is_chosen
        and origin_date = (
            select max(origin_date) from marts.fct_forecasts where instrument_id = :instrument_id
        )
    order by model_version desc, horizon
    limit 3
"""

FORECAST_SCORES = """
    select
        horizon,
        count(*) as forecast_count,
        avg(absolute_scaled_error) as mase,
        avg(naive_absolute_scaled_error) as naive_mase,
        100 * avg(cast(is_covered as integer)) as within_interval_pct
    from marts.fct_forecast_scores
    where
        instrument_id = :instrument_id
        and is_chosen
        and absolute_scaled_error is not null
        and target_date > (
            select max(target_date) - 366 from marts.fct_forecast_scores
            where instrument_id = :instrument_id
        )
    group by horizon
    limit 3
"""

INSTRUMENT_GAPS = """
    select session_date, bar_interval, cause, missing_bar_count, expected_bar_count
    from ops.fct_data_gaps
    where instrument_id = :instrument_id and session_date between :first_date and :last_date
    order by session_date desc, bar_interval
    limit 200
"""

INSTRUMENT_ANOMALIES = """
    select session_date, anomaly, severity, provider, close_price, previous_close_price,
        is_held_out, accepted_reason
    from ops.fct_anomalies
    where instrument_id = :instrument_id and session_date between :first_date and :last_date
    order by session_date desc, anomaly
    limit 200
"""

# The first version of a bar is no revision of it.
INSTRUMENT_REVISIONS = """
    select session_date, known_from, revision_number, cause, provider, open_price, high_price,
        low_price, close_price, volume
    from marts.fct_daily_bar_revisions
    where
        instrument_id = :instrument_id
        and session_date between :first_date and :last_date
        and cause != 'first_seen'
    order by known_from desc, session_date desc
    limit 200
"""

COMPARED_CLOSES = """
    select symbol, session_date, split_adjusted_close_price, total_return_close_price
    from marts.fct_daily_bars
    where instrument_id = any(:instrument_ids) and session_date between :first_date and :last_date
    order by session_date, symbol
    limit 40000
"""

COMPARED_CROSSOVERS = """
    select symbol, session_date, signal, split_adjusted_close_price
    from marts.fct_indicator_signals
    where
        instrument_id = any(:instrument_ids)
        and session_date between :first_date and :last_date
        and signal in ('golden_cross', 'death_cross')
    order by session_date desc, symbol
    limit 500
"""

CORRELATION_MATRIX = """
    select
        instrument_id, symbol, other_instrument_id, other_symbol, session_date,
        observation_count, correlation
    from marts.fct_return_correlations
    where
        window_sessions = :window_sessions
        and session_date = (
            select max(newest.session_date)
            from marts.fct_return_correlations as newest
            where newest.session_date >= :first_date
        )
    order by symbol, other_symbol
"""

ROLLING_CORRELATION = """
    select session_date, observation_count, correlation
    from marts.fct_return_correlations
    where
        instrument_id = :instrument_id
        and other_instrument_id = :other_instrument_id
        and window_sessions = :window_sessions
        and session_date >= :first_date
    order by session_date
    limit 5000
"""

MACRO_SERIES = """
    select series_id, title, frequency, units, seasonal_adjustment, source, observation_end_date
    from marts.dim_macro_series
    where is_active
    order by series_id
"""

MACRO_CORRELATIONS = """
    select series_id, other_id, period, observation_count, is_whole, correlation,
        change_correlation
    from marts.fct_macro_correlations
    where window_name = :window_name and other_kind = 'series'
    order by series_id, other_id
    limit 5000
"""

# The mean of each period, as fct_macro_correlations compares them.
MACRO_PAIR = """
    select periods.period_start_date, periods.value, others.value as other_value
    from (
        select cast(date_trunc(:period, observation_date) as date) as period_start_date,
            avg(value) as value
        from marts.fct_macro_latest
        where series_id = :series_id and observation_date >= :first_date
        group by period_start_date
    ) as periods
    inner join (
        select cast(date_trunc(:period, observation_date) as date) as period_start_date,
            avg(value) as value
        from marts.fct_macro_latest
        where series_id = :other_id and observation_date >= :first_date
        group by period_start_date
    ) as others
        on periods.period_start_date = others.period_start_date
    where periods.value is not null and others.value is not null
    order by periods.period_start_date
"""

MACRO_LATEST = """
    select observation_date, value, vintage_number, release_date, is_synthetic
    from marts.fct_macro_latest
    where series_id = :series_id and observation_date >= :first_date
    order by observation_date
    limit 20000
"""

# What marts.macro_as_of gives, of one series: known by the end of a day in Chicago.
MACRO_AS_OF = """
    select observation_date, value, vintage_number, release_date
    from marts.fct_macro_observations
    where
        series_id = :series_id
        and observation_date >= :first_date
        and known_from
        < cast(cast(:known_on as date) + 1 as timestamp) at time zone 'America/Chicago'
        and (
            known_to is null
            or known_to
            >= cast(cast(:known_on as date) + 1 as timestamp) at time zone 'America/Chicago'
        )
    order by observation_date
    limit 20000
"""

MACRO_FEATURES = """
    select series_id, date, value, change, pct_change_1y, z_score, index_100
    from marts.fct_macro_features
    where series_id = any(:series_ids) and date >= :first_date and not is_carried_forward
    order by series_id, date
    limit 40000
"""

MACRO_REVISIONS = """
    select observation_date, vintage_number, release_date, value, revision
    from marts.fct_macro_observations
    where
        series_id = :series_id and observation_date >= :first_date and vintage_number is not null
    order by observation_date, vintage_number
    limit 5000
"""

MACRO_RELEASES = """
    select release_date, release_name, status, series_count, new_value_count, revised_value_count
    from marts.fct_macro_releases
    where
        release_date between :first_date and :last_date
        and (series_count > 0 or status = 'announced')
    order by release_date desc, release_name
    limit 500
"""

QUALITY_BY_CLASS = """
    select instruments.asset_class, count(distinct quality.instrument_id) as instrument_count,
        avg(quality.data_quality_score) as mean_score,
        min(quality.data_quality_score) as lowest_score,
        avg(quality.completeness) as completeness, avg(quality.validity) as validity,
        avg(quality.agreement) as agreement, avg(quality.continuity) as continuity,
        avg(quality.timeliness) as timeliness
    from ops.fct_data_quality as quality
    inner join marts.dim_instruments as instruments
        on quality.instrument_id = instruments.instrument_id
    where quality.session_date between :first_date and :last_date
    group by instruments.asset_class
    order by instruments.asset_class
"""

QUALITY_BY_SESSION = """
    select session_date, avg(data_quality_score) as mean_score,
        min(data_quality_score) as lowest_score, count(*) as instrument_count
    from ops.fct_data_quality
    where session_date between :first_date and :last_date
    group by session_date
    order by session_date
"""

GAPS_BY_CAUSE = """
    select cause, bar_interval, count(*) as gap_count, sum(missing_bar_count) as missing_bar_count,
        max(session_date) as last_session_date
    from ops.fct_data_gaps
    where session_date >= :first_date
    group by cause, bar_interval
    order by gap_count desc
"""

OPEN_GAPS = """
    select session_date, symbol, bar_interval, cause, missing_bar_count, expected_bar_count
    from ops.fct_data_gaps
    where session_date >= :first_date and cause in ('provider_gap', 'plan_limit')
    order by session_date desc, symbol
    limit 200
"""

RECENT_ANOMALIES = """
    select session_date, symbol, anomaly, severity, provider, close_price, previous_close_price,
        is_held_out, is_accepted
    from ops.fct_anomalies
    where session_date >= :first_date
    order by session_date desc, symbol
    limit 200
"""

RECONCILIATION = """
    select provider, other_provider, verdict, count(*) as session_count,
        max(abs(difference_pct)) as largest_difference_pct
    from marts.fct_price_reconciliation
    where session_date >= :first_date
    group by provider, other_provider, verdict
    order by provider, other_provider, verdict
"""

OPEN_ALERTS = """
    select opened_at, alert_kind, asset, cause, next_step, told_at
    from ops.fct_alerts
    where is_open
    order by opened_at desc, alert_key
    limit 100
"""

CHECK_SUMMARY = """
    select job, status, severity, count(*) as check_count, max(checked_at) as checked_at
    from ops.fct_check_results
    where is_latest
    group by job, status, severity
    order by job, status
"""

FAILED_CHECKS = """
    select check_name, model, column_name, severity, status, failures, message, checked_at
    from ops.fct_check_results
    where is_latest and status != 'pass'
    order by checked_at desc, check_name
    limit 100
"""

PIPELINE_RUNS = """
    select started_at, job, source, trigger, status, rows, check_count, failed_check_count,
        duration_seconds, error
    from ops.fct_pipeline_runs
    order by started_at desc
    limit 50
"""

# What the plan of the newest call allows, and what of the day is left of it.
CREDITS_LEFT = """
    select distinct on (calls.source)
        calls.source,
        calls.plan,
        calls.credits_per_minute,
        calls.credits_per_day,
        coalesce(spent.credits, 0) as credits_today,
        case
            when calls.credits_per_day is not null
                then greatest(calls.credits_per_day - coalesce(spent.credits, 0), 0)
        end as credits_left
    from ops.fct_api_calls as calls
    left join (
        select source, sum(credits) as credits
        from ops.fct_api_calls
        where requested_at >= :last_date
        group by source
    ) as spent
        on calls.source = spent.source
    where calls.requested_at >= :first_date and calls.plan is not null
    order by calls.source, calls.requested_at desc
    limit 100
"""

API_CREDITS = """
    select source, cast(date_trunc('day', requested_at at time zone 'UTC') as date) as request_date,
        sum(credits) as credits, count(*) as request_count,
        count(*) filter (where not is_success) as failed_count
    from ops.fct_api_calls
    where requested_at >= :first_date
    group by source, request_date
    order by request_date, source
"""
