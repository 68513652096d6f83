"""Each fault gives its verdict on its row and no other, and none on its control."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from marketflow import anomalies
from tests.dbt_project import faults
from tests.dbt_project.conftest import Project
from tests.dbt_project.faults import FAULTS, Fault, Finding, History, Row
from warehouse import database
from warehouse.settings import PROJECT_ROOT

MARTS = ("fct_anomalies", "fct_data_gaps", "fct_data_quality", "fct_daily_bars")
# What is proven in the build of the whole project is not proven again.
PROVEN = ("unique_combination", "unique", "not_null", "relationships", "accepted_values")
HOLIDAYS = {date(2024, 11, 28), date(2024, 12, 25), date(2025, 1, 1), date(2025, 1, 9)}
NUMBERED = list(enumerate(FAULTS))


@pytest.fixture(scope="module")
def project(new_project: Callable[[], Project]) -> Project:
    """An instrument for each fault and one for its control, built once; impossible bars fail it."""
    made = new_project()
    made.now = faults.NOW.isoformat()
    rows: dict[tuple[str, object], list[Row]] = {}
    for number, fault in NUMBERED:
        for prefix, plant in (("F", fault.plant), ("C", fault.control)):
            history = History(fault.asset_class, fault.providers)
            plant(history)
            _track(made, f"{prefix}{number:02d}", history)
            for table, fetched_at, row in _rows(f"{prefix}{number:02d}", history):
                rows.setdefault((table, fetched_at), []).append(row)
    for (table, fetched_at), landed in sorted(rows.items(), key=str):
        made.land(table, landed, fetched_at=fetched_at)  # type: ignore[arg-type]
    excluded = [argument for name in PROVEN for argument in ("--exclude", f"test_name:{name}")]
    del excluded[2::2]
    wanted = [f"+{name}" for name in MARTS]
    said = made.dbt(
        "build", "--select", *wanted, *excluded, "--exclude-resource-type", "unit_test", expect=1
    )
    failed = re.findall(r"Failure in test (\w+)", said)
    assert failed == ["every_critical_anomaly_is_accepted"], said[-4000:]
    return made


def _track(project: Project, symbol: str, history: History) -> None:
    calendar = faults.CALENDARS.get(history.asset_class, "XNYS")
    spelled = {"fmp": f"{symbol}-B", "twelve_data": f"{symbol}.B"}
    project.track(
        instrument_id=f"{history.asset_class}:{symbol}",
        symbol=symbol,
        asset_class=history.asset_class,
        calendar=calendar,
        is_active=history.is_active,
        fmp_symbol=spelled["fmp"],
        twelve_data_symbol=(
            spelled["twelve_data"]
            if "twelve_data" in history.providers or history.minutes
            else None
        ),
    )
    if history.skip is not None:
        skipped_at = faults.NOW - timedelta(hours=1)
        with database.connect(project.settings, "loader", autocommit=True) as connection:
            connection.execute(
                "insert into raw_marketflow.skips (source, resource, symbol, reason, skipped_at)"
                " values ('fmp', 'eod_prices', %s, %s, %s)",
                [spelled["fmp"], history.skip, skipped_at],
            )


def _rows(symbol: str, history: History) -> list[tuple[str, object, Row]]:
    """The raw rows of a history: table, when they were fetched, row."""
    fmp: Row = {"symbol": f"{symbol}-B"}
    twelve_data: Row = {"symbol": f"{symbol}.B"}
    basis: Row = {"price_basis": "as_traded"}
    at = history.fetched_at
    rows: list[tuple[str, object, Row]] = [
        ("fmp.eod_prices", at, fmp | basis | {"date": str(day)} | row)
        for day, row in history.bars["fmp"].items()
    ]
    rows += [
        ("fmp.eod_prices", at + timedelta(hours=6), fmp | basis | {"date": str(day)} | row)
        for day, row in history.later_bars.items()
    ]
    rows += [
        ("twelve_data.time_series_daily", at, twelve_data | {"datetime": str(day)} | row)
        for day, row in history.bars.get("twelve_data", {}).items()
    ]
    rows += [
        (
            "twelve_data.time_series_intraday",
            at,
            twelve_data
            | {"interval": "5min", "datetime": f"{start:%Y-%m-%d %H:%M:%S}"}
            | faults.bar(100, 100.5),
        )
        for start in history.minutes
    ]
    if history.split is not None:
        day, numerator, denominator = history.split
        split: Row = {
            "date": str(day),
            "numerator": str(numerator),
            "denominator": str(denominator),
        }
        rows.append(("fmp.splits", at, fmp | split))
    if history.ipo_date is not None:
        rows.append(("fmp.profiles", at, fmp | {"ipo_date": str(history.ipo_date)}))
    return rows


@pytest.fixture(scope="module")
def findings(project: Project) -> dict[str, frozenset[Finding]]:
    """What was found, by symbol; weekdays without a session aside."""
    rows = project.query(
        "select symbol, 'anomaly', session_date, anomaly from ops.fct_anomalies"
        " union all select symbol, case bar_interval when '1day' then 'gap' else bar_interval end,"
        " session_date, cause from ops.fct_data_gaps"
        # The coins' day has begun anew.
        f" where cause != 'holiday' and session_date <= '{faults.LAST_DAY}'"
        " union all select symbol, 'pair', session_date, verdict"
        " from marts.fct_price_reconciliation where verdict != 'agree'"
    )
    found: dict[str, set[Finding]] = {}
    for symbol, fact, day, verdict in rows:
        assert isinstance(day, date)
        found.setdefault(str(symbol), set()).add((str(fact), day, str(verdict)))
    return {symbol: frozenset(some) for symbol, some in found.items()}


@pytest.mark.parametrize(
    ("number", "fault"), NUMBERED, ids=[f"{one.number} {one.planted}" for one in FAULTS]
)
def test_a_fault_is_found_on_its_row_and_its_control_is_clean(
    findings: dict[str, frozenset[Finding]], number: int, fault: Fault
) -> None:
    assert findings.get(f"F{number:02d}", frozenset()) == fault.findings
    assert findings.get(f"C{number:02d}", frozenset()) == frozenset()


def test_all_35_are_planted_or_met_elsewhere() -> None:
    planted = {fault.number for fault in FAULTS} - {0}

    assert planted | set(faults.ELSEWHERE) == set(range(1, 36))
    assert not planted & set(faults.ELSEWHERE)
    for _, path, test in faults.ELSEWHERE.values():
        assert f"def {test}(" in (PROJECT_ROOT / path).read_text(encoding="utf-8"), test


def test_only_impossible_bars_and_days_without_a_session_are_held_out(project: Project) -> None:
    rows = project.query(
        "select anomaly, severity, is_held_out, bool_or(bars.close_price is not null)"
        " from ops.fct_anomalies left join marts.fct_daily_bars as bars"
        " using (instrument_id, session_date) group by 1, 2, 3 order by 1"
    )

    assert rows == [
        ("bad_tick", "warning", False, True),
        ("high_below_low", "critical", True, False),
        ("no_session", "warning", True, False),
        ("price_not_positive", "critical", True, False),
        ("split_already_applied", "warning", False, True),
        ("stale_price", "warning", False, True),
        ("unadjusted_split", "warning", False, True),
        ("unit_error", "critical", True, False),
        ("volume_spike", "warning", False, True),
        ("zero_open", "critical", True, False),
        ("zero_volume", "warning", False, True),
    ]


def symbol_of(planted: str) -> str:
    [number] = [number for number, fault in NUMBERED if fault.planted == planted]
    return f"F{number:02d}"


def test_real_extremes_stay_in_the_marts(project: Project) -> None:
    oil, shares = symbol_of("WTI on 20 April 2020"), symbol_of("GameStop in 2021")
    query = "select close_price from fct_daily_bars where symbol = '{}' order by session_date"

    oil_closes = [close for (close,) in project.query(query.format(oil))]
    share_closes = [close for (close,) in project.query(query.format(shares))]

    assert oil_closes == list(faults.WTI.values())
    assert min(faults.WTI.values()) == -36.98
    assert share_closes[-len(faults.GME) :] == list(faults.GME)


def test_a_revised_volume_and_a_repeated_page_leave_one_row_a_day(project: Project) -> None:
    revised, twice = symbol_of("a volume revised two days later"), symbol_of("every row twice")

    assert project.query(
        "select volume from fct_daily_bars"
        f" where symbol = '{revised}' and session_date = '{faults.DAY}'"
    ) == [(2_000_000.0,)]
    assert project.query(f"select count(*) from fct_daily_bars where symbol = '{twice}'") == [
        (len(faults.sessions("equity")),)
    ]


def test_a_weekday_without_a_session_is_a_holiday_and_nothing_else(project: Project) -> None:
    rows = project.query(
        "select asset_class, session_date, count(distinct cause), min(cause) from ops.fct_data_gaps"
        " join dim_instruments using (instrument_id)"
        f" where session_date >= '{faults.FIRST_DAY}' and cause = 'holiday' group by 1, 2"
    )
    days: dict[object, set[object]] = {}
    for asset_class, day, _, _ in rows:
        days.setdefault(asset_class, set()).add(day)

    assert days["equity"] == days["index"] == days["etf"] == HOLIDAYS
    assert "crypto" not in days
    assert "fx" not in days


def test_the_score_of_a_bar_is_what_its_parts_add_up_to(project: Project) -> None:
    def score(planted: str, day: date) -> tuple[object, ...]:
        [row] = project.query(
            "select data_quality_score, completeness, validity, agreement, continuity, timeliness"
            f" from ops.fct_data_quality where symbol = '{symbol_of(planted)}'"
            f" and session_date = '{day}'"
        )
        return row

    missing, after = faults.DAY, faults.LATER[0]

    assert score("a row is missing", missing) == (0, 0, None, None, None, None)
    # 30 + 30 + half of 20, for nobody else has seen it, + 0 after a hole + 10.
    assert score("a row is missing", after) == (80, 1, 1, 0.5, 0, 1)
    # A fifth of 30 less, half of 30, half of 20, 10, 10.
    assert score("a fund whose volume is null", missing) == (69, 0.8, 0.5, 0.5, 1, 1)
    # 30 + 30 + nothing of 20 + 10 + 10.
    assert score("pence at one of two providers", missing) == (80, 1, 1, 0, 1, 1)
    assert score("a class share under two spellings", missing) == (100, 1, 1, 1, 1, 1)


def test_what_is_critical_is_told_bar_by_bar_and_fails(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    is_possible = anomalies.tell(project.settings, "fmp")
    told = capsys.readouterr().err

    assert not is_possible
    assert told.count("error: ") == sum(
        verdict in {"unit_error", "price_not_positive", "zero_open", "high_below_low"}
        for fault in FAULTS
        for _, _, verdict in fault.findings
    )
    assert f"error: fmp {symbol_of('an open of nothing')} 2024-12-18: zero_open" in told
    assert re.search(r"warning: 3 x no_session, newest of 2025-01-09", told)


def test_where_nothing_is_critical_warnings_are_told_and_nothing_fails(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    is_possible = anomalies.tell(project.settings, "twelve_data")

    assert is_possible
    assert "error: " not in capsys.readouterr().err
