"""What surrounds the prices of the test market: breadth, sectors, yields, coins, series, logs."""

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

LAST_DAY = date(2025, 6, 27)
NOW = datetime(2025, 6, 27, 20, tzinfo=UTC)
TENORS = {"3m": 3, "2y": 24, "5y": 60, "10y": 120, "30y": 360}
COINS = {"BTC/USD": 60.0, "SHIB/USD": 1.5}
SECTORS = ("Energy", "Technology")
SERIES = {"CPIAUCSL": "Consumer prices", "UNRATE": "Unemployment rate"}
THIN = "GDPC1"

Row = dict[str, Any]


def rows() -> dict[str, list[Row]]:
    """The rows of each table, by its name with the schema."""
    makers: dict[str, Callable[[], list[Row]]] = {
        "marts.fct_market_breadth": _breadth,
        "marts.fct_sector_performance": _sectors,
        "marts.fct_yield_curve": _yields,
        "marts.fct_crypto_snapshots": _coins,
        "marts.fct_intraday_bars": _intraday,
        "marts.fct_indicator_signals": _signals,
        "marts.fct_forecasts": _forecasts,
        "marts.fct_forecast_scores": _scores,
        "marts.fct_return_correlations": _correlations,
        "marts.dim_macro_series": _series,
        "marts.fct_macro_latest": _latest_observations,
        "marts.fct_macro_observations": _observations,
        "marts.fct_macro_features": _features,
        "marts.fct_macro_correlations": _macro_correlations,
        "marts.fct_macro_releases": _releases,
        "marts.fct_price_reconciliation": _reconciliation,
        "marts.fct_daily_bar_revisions": _revisions,
        "ops.fct_data_quality": _quality,
        "ops.fct_data_gaps": _gaps,
        "ops.fct_anomalies": _anomalies,
        "ops.fct_check_results": _checks,
        "ops.fct_pipeline_runs": _runs,
        "ops.fct_api_calls": _calls,
        "ops.fct_alerts": _alerts,
    }
    return {table: make() for table, make in makers.items()}


def weekdays(count: int) -> list[date]:
    """The last weekdays up to LAST_DAY, oldest first."""
    days = [LAST_DAY - timedelta(days=back) for back in range(2 * count)]
    return sorted(day for day in days if day.weekday() < 5)[-count:]


def months(count: int) -> list[date]:
    """The first days of the last months before June 2025, oldest first."""
    ends = 2025 * 12 + 5
    return [date((ends - back) // 12, (ends - back) % 12 + 1, 1) for back in range(count, 0, -1)]


def _forecasts() -> list[Row]:
    newest: Row = {
        "subject_id": "equity:AAPL",
        "instrument_id": "equity:AAPL",
        "symbol": "AAPL",
        "model": "ets",
        "model_version": "1",
        "origin_date": LAST_DAY,
        "origin_value": 200.0,
        "is_chosen": True,
    }
    ahead = {1: (200.5, 195.0, 206.0), 5: (201.0, 190.0, 212.0), 20: (202.0, 180.0, 224.0)}
    return [
        newest
        | {"horizon": horizon, "target_date": LAST_DAY + timedelta(days=horizon)}
        | {"point": point, "lower": lower, "upper": upper}
        for horizon, (point, lower, upper) in ahead.items()
    ] + [newest | {"origin_date": LAST_DAY - timedelta(days=1), "horizon": 1, "point": 1.0}]


def _scores() -> list[Row]:
    """Of one session the naive forecast was better, of five the chosen one; of 20 nobody knows."""
    return [
        {"instrument_id": "equity:AAPL", "horizon": horizon, "is_chosen": is_chosen}
        | {"absolute_scaled_error": error, "naive_absolute_scaled_error": naive}
        | {"is_covered": is_covered, "target_date": LAST_DAY}
        for horizon, is_chosen, error, naive, is_covered in (
            (1, True, 1.5, 1.0, True),
            (1, True, 0.9, 0.8, False),
            (1, False, 0.0, 0.8, False),
            (5, True, 0.5, 0.75, True),
        )
    ]


def _breadth() -> list[Row]:
    return [
        {
            "index_name": "TRACKED",
            "session_date": day,
            "member_count": 7,
            "priced_count": 7,
            "advancers": 3 + row % 3,
            "decliners": 4 - row % 3,
            "advance_decline_line": row - 7,
            "new_highs_252": 1,
            "new_lows_252": 0,
            "above_sma_50": 4,
            "above_sma_200": 5,
        }
        for row, day in enumerate(weekdays(30))
    ]


def _sectors() -> list[Row]:
    return [
        {
            "index_name": "TRACKED",
            "sector": sector,
            "session_date": day,
            "member_count": 2,
            "priced_count": 2,
            "mean_return": 0.02 * math.sin(row + place),
        }
        for row, day in enumerate(weekdays(15))
        for place, sector in enumerate(SECTORS)
    ]


def _yields() -> list[Row]:
    return [
        {
            "tenor": tenor,
            "tenor_months": length,
            "observation_date": day,
            "yield_pct": 3 + length / 300 + row / 1000,
            "spread_10y_2y_pct": 0.32,
            "spread_10y_3m_pct": 0.39,
            "provider": "fmp",
        }
        for row, day in enumerate(weekdays(300))
        for tenor, length in TENORS.items()
    ]


def _coins() -> list[Row]:
    return [
        {
            "instrument_id": f"crypto:{symbol}",
            "symbol": symbol,
            "snapshot_at": NOW - timedelta(days=back),
            "market_cap_rank": rank,
            "price": 65_000.0 / 10 ** (4 * rank),
            "price_change_24h_pct": 1.5 - rank,
            "market_cap": share * 2e10,
            "dominance_pct": share - back / 10,
            "total_market_cap": 2e12,
            "volume_24h": share * 1e9,
            "circulating_supply": 2e7,
        }
        for rank, (symbol, share) in enumerate(COINS.items(), start=1)
        for back in range(5)
    ]


def _intraday() -> list[Row]:
    opens = datetime(2025, 6, 27, 13, 30, tzinfo=UTC)
    return [
        {
            "instrument_id": "equity:AAPL",
            "symbol": "AAPL",
            "bar_interval": "15min",
            "bar_start_at": opens - timedelta(days=back) + timedelta(minutes=15 * bar),
            "bar_end_at": opens - timedelta(days=back) + timedelta(minutes=15 * bar + 15),
            "session_date": LAST_DAY - timedelta(days=back),
            "session_phase": "regular",
            "open_price": 200.0 + bar,
            "high_price": 202.0 + bar,
            "low_price": 199.0 + bar,
            "close_price": 201.0 + bar,
            "volume": 1e6 + bar,
            "vwap": 200.5 + bar,
            "is_complete": True,
            "provider": "twelve_data",
        }
        for back in (1, 0)
        for bar in range(26)
    ]


def _signals() -> list[Row]:
    return [
        {
            "instrument_id": "equity:AAPL",
            "symbol": "AAPL",
            "session_date": date(2025, 4, 15),
            "signal": signal,
            "split_adjusted_close_price": 190.0,
        }
        for signal in ("golden_cross", "macd_cross_down")
    ]


def _correlations() -> list[Row]:
    pairs = (("AAPL", "MSFT", 0.6), ("AAPL", "SPY", -0.2))
    ids = {"AAPL": "equity:AAPL", "MSFT": "equity:MSFT", "SPY": "etf:SPY"}
    return [
        {
            "instrument_id": ids[one],
            "symbol": one,
            "other_instrument_id": ids[other],
            "other_symbol": other,
            "session_date": day,
            "window_sessions": 60,
            "observation_count": 60,
            "correlation": level + row / 1000,
        }
        for one, other, level in pairs
        for row, day in enumerate(weekdays(40))
    ]


def _series() -> list[Row]:
    return [
        {
            "series_id": name,
            "title": title,
            "frequency": "Monthly",
            "units": "Percent",
            "seasonal_adjustment": "Seasonally Adjusted",
            "is_active": True,
        }
        for name, title in SERIES.items()
    ]


def _latest_observations() -> list[Row]:
    return [
        {
            "series_id": name,
            "observation_date": day,
            "value": 4.0 + row / 10 + place,
            "vintage_number": 2,
            "release_date": day + timedelta(days=70),
        }
        for place, name in enumerate(SERIES)
        for row, day in enumerate(months(60))
    ]


def _observations() -> list[Row]:
    """First releases forty days after their month, each revised by 0.05 thirty days later."""
    made: list[Row] = []
    for row in _latest_observations():
        first = datetime.combine(row["observation_date"], datetime.min.time(), UTC)
        first += timedelta(days=40, hours=5)
        revised = first + timedelta(days=30)
        common = {name: row[name] for name in ("series_id", "observation_date")}
        made.append(
            common
            | {
                "known_from": first,
                "known_to": revised,
                "value": row["value"] - 0.05,
                "vintage_number": 1,
            }
        )
        made.append(
            common
            | {
                "known_from": revised,
                "value": row["value"],
                "vintage_number": 2,
                "revision": 0.05,
            }
        )
    return made


def _features() -> list[Row]:
    return [
        {
            "series_id": row["series_id"],
            "date": row["observation_date"],
            "value": row["value"],
            "change": 0.1,
            "pct_change_1y": 2.0,
            "z_score": row["value"] - 7,
            "index_100": 100 + row["value"],
            "is_carried_forward": False,
        }
        for row in _latest_observations()
    ]


def _macro_correlations() -> list[Row]:
    whole = {"series_id": "CPIAUCSL", "other_id": "UNRATE", "period": "month"}
    thin = {"series_id": "CPIAUCSL", "other_id": THIN, "period": "quarter"}
    return [
        whole
        | {
            "window_name": "10y",
            "other_kind": "series",
            "observation_count": 60,
            "is_whole": True,
            "correlation": 1.0,
            "change_correlation": 0.4,
        },
        thin
        | {
            "window_name": "10y",
            "other_kind": "series",
            "observation_count": 4,
            "is_whole": False,
        },
    ]


def _releases() -> list[Row]:
    return [
        {
            "release_name": "Consumer Price Index",
            "release_date": LAST_DAY + timedelta(days=offset),
            "status": status,
            "series_count": 2,
            "new_value_count": 2,
            "revised_value_count": 1,
        }
        for offset, status in ((-7, "published"), (7, "announced"))
    ]


def _reconciliation() -> list[Row]:
    return [
        {
            "instrument_id": "equity:AAPL",
            "symbol": "AAPL",
            "session_date": day,
            "provider": "twelve_data",
            "other_provider": "fmp",
            "difference_pct": 0.01,
            "verdict": "agree",
        }
        for day in weekdays(10)
    ]


def _revisions() -> list[Row]:
    return [
        {
            "instrument_id": "equity:AAPL",
            "symbol": "AAPL",
            "session_date": date(2025, 6, 20),
            "known_from": NOW - timedelta(days=2),
            "revision_number": 2,
            "cause": "correction",
            "close_price": 199.0,
        }
    ]


def _quality() -> list[Row]:
    return [
        {
            "instrument_id": "equity:AAPL",
            "symbol": "AAPL",
            "session_date": day,
            "data_quality_score": 90.0 + row,
            "completeness": 1.0,
            "validity": 1.0,
            "agreement": 0.5,
            "continuity": 1.0,
            "timeliness": 1.0,
        }
        for row, day in enumerate(weekdays(10))
    ]


def _gaps() -> list[Row]:
    return [
        {
            "instrument_id": "equity:AAPL",
            "symbol": "AAPL",
            "session_date": date(2025, 6, 18),
            "bar_interval": "1day",
            "cause": "provider_gap",
            "expected_bar_count": 1,
            "missing_bar_count": 1,
        }
    ]


def _anomalies() -> list[Row]:
    return [
        {
            "instrument_id": "equity:AAPL",
            "symbol": "AAPL",
            "session_date": date(2025, 6, 17),
            "provider": "twelve_data",
            "anomaly": "spike",
            "severity": "warning",
            "close_price": 260.0,
            "previous_close_price": 199.0,
            "is_held_out": False,
            "is_accepted": False,
        }
    ]


def _checks() -> list[Row]:
    return [
        {
            "run_id": "run",
            "check_name": f"not_null_{status}",
            "job": "dbt build",
            "model": "fct_daily_bars",
            "severity": "error",
            "status": status,
            "failures": failures,
            "is_latest": True,
            "checked_at": NOW,
        }
        for status, failures in (("pass", 0), ("fail", 3))
    ]


def _runs() -> list[Row]:
    return [
        {
            "run_id": "run",
            "job": "dbt build",
            "trigger": "command_line",
            "status": "succeeded",
            "rows": 1234,
            "check_count": 2,
            "failed_check_count": 1,
            "duration_seconds": 59.4,
            "started_at": NOW,
        }
    ]


def _calls() -> list[Row]:
    return [
        {
            "request_id": f"call-{number}",
            "source": source,
            "requested_at": NOW,
            "credits": 8.0,
            "plan": "free",
            "credits_per_day": credits_per_day,
            "is_success": True,
        }
        for source, credits_per_day in (("fmp", 250), ("twelve_data", None))
        for number in range(2)
    ]


def _alerts() -> list[Row]:
    """One that goes on and one that is over."""
    return [
        {
            "alert_id": asset,
            "alert_key": f"stale:{asset}",
            "alert_kind": "stale",
            "asset": asset,
            "cause": f"{asset} is 4 sessions late",
            "next_step": f"run marketflow ingest {asset}",
            "is_open": is_open,
            "opened_at": NOW,
            "recovered_at": None if is_open else NOW,
        }
        for asset, is_open in (("fmp", True), ("fred", False))
    ]
