"""The SQL of the report: each statement gives one table, as it was known at :known_at.

Bars, splits, names and sectors come from the versions that were current then, macro values from the
vintages of then.
"""

_THEN = """
    with instruments as (
        select history.instrument_id, history.symbol, history.name, history.sector, asset_class
        from marts.dim_instrument_history as history
        inner join marts.dim_instruments using (instrument_id)
        where
            history.valid_from <= %(known_at)s
            and (history.valid_to is null or history.valid_to > %(known_at)s)
    ),
    known_splits as (
        select instrument_id, ex_date, split_ratio
        from marts.fct_corporate_action_versions
        where
            action_type = 'split'
            and known_from <= %(known_at)s
            and (known_to is null or known_to > %(known_at)s)
            and split_ratio > 0
            and ex_date <= %(friday)s
    )
"""

_BARS = """
    , known_bars as (
        select
            revisions.instrument_id, instruments.symbol, instruments.name, instruments.sector,
            instruments.asset_class, revisions.session_date, revisions.close_price
        from marts.fct_daily_bar_revisions as revisions
        inner join instruments using (instrument_id)
        where
            revisions.known_from <= %(known_at)s
            and (revisions.known_to is null or revisions.known_to > %(known_at)s)
            and revisions.close_price is not null
            and revisions.session_date between %(monday)s - 10 and %(friday)s
    ),
    splits as (
        select instrument_id, exp(sum(ln(split_ratio))) as split_ratio
        from known_splits
        where ex_date >= %(monday)s
        group by instrument_id
    ),
    weeks as (
        select
            instrument_id, symbol, name, sector, asset_class,
            (array_agg(close_price order by session_date desc)
                filter (where session_date >= %(monday)s))[1] as close_price,
            (array_agg(close_price order by session_date desc)
                filter (where session_date < %(monday)s))[1] as close_before
        from known_bars
        group by instrument_id, symbol, name, sector, asset_class
    ),
    returns as (
        select
            weeks.*,
            round(cast(100 * (
                close_price * coalesce(splits.split_ratio, 1) / close_before - 1
            ) as numeric), 2) as change_pct
        from weeks
        left join splits using (instrument_id)
        where close_price is not null and close_before > 0
    )
"""
_KNOWN_BARS = _THEN + _BARS

_OF_CLASS = """
    select symbol, name, round(cast(close_price as numeric), 2) as close, change_pct
    from returns
    where asset_class = '{}'
    order by {}
    limit 12
"""

INDEXES = _KNOWN_BARS + _OF_CLASS.format("index", "symbol")
FUNDS = _KNOWN_BARS + _OF_CLASS.format("etf", "symbol")
COMMODITIES = _KNOWN_BARS + _OF_CLASS.format("commodity", "symbol")
COINS = _KNOWN_BARS + _OF_CLASS.format("crypto", "close_price desc, symbol")
RISES = _KNOWN_BARS + _OF_CLASS.format("equity", "change_pct desc, symbol").replace("12", "8")
FALLS = _KNOWN_BARS + _OF_CLASS.format("equity", "change_pct, symbol").replace("12", "8")

_SECTORS = """
    select
        sector,
        count(*) as instruments,
        round(avg(change_pct), 2) as change_pct,
        count(*) filter (where change_pct > 0) as advancers
    from returns
    where asset_class = 'equity' and sector is not null
    group by sector
    order by change_pct desc, sector
"""

_BREADTH = """
    , changes as (
        select
            known_bars.session_date,
            sign(
                close_price * coalesce(daily_splits.split_ratio, 1)
                / lag(close_price) over (partition by instrument_id order by session_date) - 1
            ) as direction
        from known_bars
        left join (
            select instrument_id, ex_date as session_date, split_ratio from known_splits
        ) as daily_splits using (instrument_id, session_date)
        where asset_class = 'equity'
    )
    select
        session_date as day,
        count(*) filter (where direction > 0) as advancers,
        count(*) filter (where direction < 0) as decliners,
        count(*) filter (where direction = 0) as unchanged
    from changes
    where session_date >= %(monday)s and direction is not null
    group by session_date
    order by session_date
"""

_KNOWN_YIELDS = """
    with tenors (tenor, months, series_id) as (
        values
        ('1m', 1, 'DGS1MO'), ('3m', 3, 'DGS3MO'), ('6m', 6, 'DGS6MO'), ('1y', 12, 'DGS1'),
        ('2y', 24, 'DGS2'), ('3y', 36, 'DGS3'), ('5y', 60, 'DGS5'), ('7y', 84, 'DGS7'),
        ('10y', 120, 'DGS10'), ('20y', 240, 'DGS20'), ('30y', 360, 'DGS30')
    ),
    known_yields as (
        select tenors.tenor, tenors.months, observations.observation_date, observations.value
        from marts.fct_macro_observations as observations
        inner join tenors using (series_id)
        where
            observations.known_from <= %(known_at)s
            and (observations.known_to is null or observations.known_to > %(known_at)s)
            and observations.value is not null
            and observations.observation_date between %(monday)s - 14 and %(friday)s
    )
"""
_YIELDS = """
    , both_weeks as (
        select
            tenor, months,
            max(observation_date) as day,
            (array_agg(value order by observation_date desc))[1] as yield_pct,
            (array_agg(value order by observation_date desc)
                filter (where observation_date < %(monday)s))[1] as yield_before
        from known_yields
        group by tenor, months
    )
    select
        tenor, day,
        round(cast(yield_pct as numeric), 2) as yield_pct,
        round(cast(yield_before as numeric), 2) as week_before_pct,
        round(cast(yield_pct - yield_before as numeric), 2) as change
    from both_weeks
    order by months
"""

RELEASES = """
    with known as (
        select
            observations.*, series.title, series.units_code,
            lag(value) over (
                partition by series_id, observation_date order by known_from
            ) as value_before
        from marts.fct_macro_observations as observations
        inner join marts.dim_macro_series as series using (series_id)
        where known_from <= %(known_at)s and value is not null and series.frequency_code != 'D'
    ),
    of_the_week as (
        select * from known
        where release_date between %(monday)s - 2 and %(friday)s
    )
    select
        title as series,
        max(release_date) as released,
        max(observation_date) as newest_period,
        (array_agg(value order by observation_date desc))[1] as value,
        (array_agg(units_code order by observation_date desc))[1] as units,
        count(*) filter (where value_before is null) as new_periods,
        count(*) filter (where value_before is not null) as revised_periods,
        cast(round(cast(max(abs(value - value_before)) as numeric), 4) as double precision)
            as largest_revision
    from of_the_week
    group by series_id, title
    order by released, title
"""

_SIGNALS = """
    , closes as (
        select
            revisions.instrument_id, instruments.symbol, revisions.session_date,
            revisions.close_price / coalesce((
                select exp(sum(ln(splits.split_ratio)))
                from known_splits as splits
                where
                    splits.instrument_id = revisions.instrument_id
                    and splits.ex_date > revisions.session_date
            ), 1) as close_price
        from marts.fct_daily_bar_revisions as revisions
        inner join instruments using (instrument_id)
        where
            revisions.known_from <= %(known_at)s
            and (revisions.known_to is null or revisions.known_to > %(known_at)s)
            and revisions.close_price is not null
            and revisions.session_date between %(monday)s - 310 and %(friday)s
    ),
    averages as (
        select
            symbol, session_date,
            case when count(*) over last_200 = 200 then
                sign(avg(close_price) over last_50 - avg(close_price) over last_200)
            end as side
        from closes
        window
            last_50 as (
                partition by instrument_id order by session_date
                rows between 49 preceding and current row
            ),
            last_200 as (
                partition by instrument_id order by session_date
                rows between 199 preceding and current row
            )
    ),
    compared as (
        select *, lag(side) over (partition by symbol order by session_date) as side_before
        from averages
    )
    select
        session_date as day, symbol,
        case when side > 0 then 'golden cross' else 'death cross' end as signal
    from compared
    where session_date >= %(monday)s and side != 0 and side_before != 0 and side != side_before
    order by session_date, symbol
"""

_FORECASTS = """
    select distinct on (asset_class, symbol)
        instruments.symbol,
        forecasts.origin_date as told_on,
        forecasts.target_date as of_day,
        round(cast(forecasts.origin_value as numeric), 2) as close,
        round(cast(forecasts.point as numeric), 2) as forecast,
        round(cast(forecasts.lower as numeric), 2) as lower,
        round(cast(forecasts.upper as numeric), 2) as upper,
        replace(forecasts.model, '_', ' ') as by_model
    from marts.fct_forecasts as forecasts
    inner join instruments using (instrument_id)
    where
        forecasts.is_chosen
        and forecasts.horizon = 5
        and forecasts.origin_date between %(monday)s and %(friday)s
        and forecasts.known_as_of <= %(known_at)s
        and instruments.asset_class in ('index', 'etf', 'commodity', 'crypto')
    order by asset_class, symbol, forecasts.origin_date desc, forecasts.model_version desc
    limit 30
"""

SCORES = """
    with of_the_week as (
        select *, case when instrument_id is null then 'economy' else 'prices' end as subject
        from marts.fct_forecast_scores
        where
            truth_known_from >= cast(%(monday)s as timestamp) at time zone 'America/New_York'
            and truth_known_from <= %(known_at)s
            and known_as_of <= %(known_at)s
            and absolute_scaled_error is not null
    ),
    judged as (
        select *, replace(model, '_', ' ') as by_model from of_the_week
        union all
        select *, 'the chosen one' as by_model from of_the_week where is_chosen
    )
    select
        subject as forecasts_of,
        by_model,
        horizon as periods_ahead,
        count(*) as forecasts,
        round(cast(avg(absolute_scaled_error) as numeric), 3) as mase,
        round(cast(avg(naive_absolute_scaled_error) as numeric), 3) as mase_of_naive,
        case
            when by_model = 'naive' then 'is the naive one'
            when avg(absolute_scaled_error) < avg(naive_absolute_scaled_error) * (1 - 1e-9)
                then 'better than naive'
            when avg(absolute_scaled_error) <= avg(naive_absolute_scaled_error) * (1 + 1e-9)
                then 'as good as naive'
            else 'naive wins'
        end as verdict,
        round(100 * avg(cast(is_covered as integer)), 1) as within_interval_pct
    from judged
    group by subject, by_model, horizon
    order by subject desc, horizon, by_model = 'the chosen one' desc, by_model
"""

QUALITY = """
    select
        calls.source,
        count(*) as calls,
        count(*) filter (where not calls.is_success) as failed_calls,
        cast(round(sum(calls.credits)) as bigint) as credits
    from ops.fct_api_calls as calls
    where calls.fetched_at >= %(monday)s - 1 and calls.fetched_at <= %(known_at)s
    group by calls.source
    order by calls.source
"""
CORRECTIONS = """
    select cause, count(*) as bars, count(distinct instrument_id) as instruments
    from marts.fct_daily_bar_revisions
    where
        known_from >= cast(%(monday)s - 1 as timestamp) at time zone 'America/New_York'
        and known_from <= %(known_at)s
        and revision_number > 1
    group by cause
    order by cause
"""
INCIDENTS = """
    select
        started_at as started, job, coalesce(source, 'all') as source, status,
        left(coalesce(error, ''), 160) as error
    from ops.fct_pipeline_runs
    where
        status in ('failed', 'partial')
        and started_at >= %(monday)s - 1
        and ended_at <= %(known_at)s
    order by started_at
    limit 20
"""

SECTORS = _KNOWN_BARS + _SECTORS
BREADTH = _KNOWN_BARS + _BREADTH
YIELDS = _KNOWN_YIELDS + _YIELDS
SIGNALS = _THEN + _SIGNALS
FORECASTS = _THEN + _FORECASTS
