"""Plans kept: against providers that count, and between processes that share a home."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from ingestion.extract import extract, plan_extract
from ingestion.journal import Journal
from ingestion.pacing import Pacer
from ingestion.plans import Quota, plans_of, shipped_plans
from ingestion.spending import SharedAccount, spent_today
from tests.ingestion.markets import NOW, Sleeper, answer_well, settings_of
from tests.ingestion.metered import Meter, many, write_limits
from tests.ingestion.scripted import ScriptedProvider, scripted
from warehouse.errors import SettingsError
from warehouse.settings import PROJECT_ROOT, Settings

DAILY = "twelve_data.time_series_daily"
START = date(2024, 1, 2)


@pytest.fixture
def provider() -> Iterator[ScriptedProvider]:
    with scripted(answer_well) as running:
        yield running


def metered(
    directory: Path, provider: ScriptedProvider, symbols: int, minute: float, **limits: object
) -> tuple[Settings, Meter]:
    """A free plan of Twelve Data with shorter minutes, and the provider that enforces it."""
    meter = Meter(8, minute)
    provider.answer = meter.answer
    file = write_limits(directory, minute_seconds=minute, **limits)
    settings = settings_of(
        directory, provider.base, many(symbols), twelve_data_plan="free", plans_file=file
    )
    return settings, meter


def keeps_its_plan(settings: Settings, meter: Meter, symbols: int) -> None:
    plan = plan_extract(settings, [DAILY], start=START)
    begun = time.monotonic()

    summary = extract(settings, [DAILY], start=START)

    elapsed = time.monotonic() - begun
    (planned,) = plan.sources
    assert summary.exit_code == 0, summary.failures
    assert meter.refused == 0
    assert meter.credits == planned.credits == symbols
    assert len(meter.spent) == summary.requests == planned.requests == symbols // 8
    assert elapsed == pytest.approx(planned.minutes * 60, rel=0.1)


def test_a_backfill_draws_no_429_and_takes_as_long_as_the_plan_says(
    tmp_path: Path, provider: ScriptedProvider
) -> None:
    settings, meter = metered(tmp_path, provider, 48, 1.5)

    keeps_its_plan(settings, meter, 48)


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_a_backfill_of_200_symbols_draws_no_429_and_takes_as_long_as_the_plan_says(
    tmp_path: Path, provider: ScriptedProvider
) -> None:
    settings, meter = metered(tmp_path, provider, 200, 5.0)

    keeps_its_plan(settings, meter, 200)


def test_two_processes_share_the_credits_of_the_minute_and_of_the_day(
    tmp_path: Path, provider: ScriptedProvider
) -> None:
    settings, meter = metered(tmp_path, provider, 48, 1.5, credits_per_day=40)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "MARKETFLOW_HOME": str(settings.home),
        "MARKETFLOW_UNIVERSE": str(settings.universe_path),
        "MARKETFLOW_PLANS": str(settings.plans_path),
        "MARKETFLOW_NOW": NOW,
        "TWELVE_DATA_BASE_URL": f"{provider.base}/twelve_data",
    }
    halves = [",".join(f"S{n:03}" for n in range(first, first + 24)) for first in (0, 24)]

    running = [
        subprocess.Popen(
            [sys.executable, "-m", "marketflow", "extract", DAILY, "--symbols", half],
            cwd=PROJECT_ROOT,
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        for half in halves
    ]
    told = [process.communicate(timeout=120)[1] for process in running]

    # Together they wanted 48 credits, and there were 40.
    assert meter.refused == 0
    assert meter.credits == 40
    assert sorted(process.returncode for process in running)[-1] == 4, told
    assert any("the plan has 40 credits a day, and 40 are spent" in text for text in told)
    with Journal(settings.home) as journal:
        assert spent_today(journal, "twelve_data") == 40


def test_what_a_killed_process_had_in_flight_counts_for_a_minute(tmp_path: Path) -> None:
    wall = [1_700_000_000.0]
    with Journal(tmp_path) as journal:
        account = SharedAccount(journal, "fmp", minute_seconds=60, wall=lambda: wall[0])
        process = subprocess.run(
            [sys.executable, "-c", "import os; print(os.getpid())"],
            capture_output=True,
            text=True,
            check=True,
        )
        with journal.transaction() as connection:
            connection.execute(
                "insert into spendings (source, owner, process_id, credits, spent_at)"
                " values ('fmp', 'killed', ?, 5, ?)",
                [int(process.stdout), wall[0] - 10],
            )

        with account.turn() as turn:
            at_once = [(one.credits, one.ended) for one in turn.others]
        wall[0] += 59
        with account.turn() as turn:
            later = [(one.credits, one.ended) for one in turn.others]
        wall[0] += 2
        with account.turn() as turn:
            at_last, today = list(turn.others), turn.today

    assert at_once == [(5, 0.0)]
    assert later == [(5, 59.0)]
    assert at_last == []
    assert today == 5


def test_what_a_provider_asks_of_one_process_holds_the_others(tmp_path: Path) -> None:
    time_of_both = Sleeper()
    with Journal(tmp_path) as journal:
        one, other = (
            Pacer(
                Quota(),
                account=SharedAccount(
                    journal, "fmp", minute_seconds=60, wall=time_of_both.timer.wall
                ),
                timer=time_of_both.timer,
            )
            for _ in range(2)
        )

        one.pause(30)
        other.settle(other.spend(1, "here"))

    assert time_of_both.now == pytest.approx(1030.0)


def test_a_smaller_minute_makes_smaller_batches(tmp_path: Path, provider: ScriptedProvider) -> None:
    file = write_limits(tmp_path, credits_per_minute=3)
    settings = settings_of(
        tmp_path, provider.base, many(7), twelve_data_plan="free", plans_file=file
    )

    plan = plan_extract(settings, [DAILY])

    assert [(one.requests, one.credits) for one in plan.sources] == [(3, 7)]
    # Three at once, three a minute later, the last one after another minute.
    assert plan.sources[0].minutes == pytest.approx(2.0)


def test_a_plan_names_what_is_left_for_another_day(
    tmp_path: Path, provider: ScriptedProvider
) -> None:
    file = write_limits(tmp_path, credits_per_day=15)
    settings = settings_of(
        tmp_path, provider.base, many(12), twelve_data_plan="free", plans_file=file
    )

    plan = plan_extract(settings, [DAILY, "twelve_data.quotes"])

    # 12 symbols twice, in requests of 8 and 4: the first two and no more fit into 15 credits.
    (planned,) = plan.sources
    assert planned.credits_that_do_not_fit == 9
    assert planned.left_for_later == ("quotes",)


def test_an_own_file_replaces_single_limits(tmp_path: Path, provider: ScriptedProvider) -> None:
    file = tmp_path / "limits.toml"
    file.write_text(
        "[http]\nattempts = 2\n"
        '[fmp.plans.free]\ncredits_per_day = "none"\n'
        "[fmp.resources.eod_prices]\noverlap_days = 30\n"
        "[fmp.resources.eod_prices.free]\nhistory_days = 100\n"
        "[fmp.resources.intraday_prices.intervals.1min]\nfirst_run_days = 2\n"
        '[fmp.resources.quotes.free]\nasset_classes = ["index"]\n'
    )
    plans = plans_of(settings_of(tmp_path, provider.base, plans_file=file))

    shipped = shipped_plans()
    assert shipped.quota("fmp", "free").credits_per_day == 250
    assert plans.quota("fmp", "free").credits_per_day is None
    assert plans.http.attempts == 2
    assert plans.http.read_seconds == shipped.http.read_seconds
    assert plans.terms("fmp", "eod_prices", "paid").overlap_days == 30
    assert plans.terms("fmp", "eod_prices", "free").history_days == 100
    minutes = plans.terms("fmp", "intraday_prices", "paid").at("1min")
    assert (minutes.first_run_days, minutes.page_size) == (2, 450)
    assert plans.terms("fmp", "quotes", "free").asset_classes == ("index",)
    paid = plans.terms("fmp", "eod_prices", "paid").history_days
    assert paid == shipped.terms("fmp", "eod_prices", "paid").history_days
    assert plans.sources["fred"] == shipped.sources["fred"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[yahoo.plans.free]\n", "yahoo is unknown: there are http, coingecko, fmp"),
        ("[fmp.plans.free]\ncredits = 1\n", "fmp.plans.free has no 'credits': it has concurrency"),
        (
            '[fmp.plans.free]\ncredits_per_day = "many"\n',
            "fmp.plans.free.credits_per_day is 'many', which is no whole number of at least 1",
        ),
        ("[fmp.plans.free]\nconcurrency = 0\n", "concurrency is 0, which is no whole number"),
        (
            "[fmp.resources.eod_prices]\noverlap_days = -1\n",
            "fmp.resources.eod_prices.overlap_days is -1, which is no number of at least 0",
        ),
        ("[fmp.resources.eod_prices.gold]\noverlap_days = 1\n", "eod_prices has no 'gold'"),
        ("[fmp.resources.bonds]\noverlap_days = 1\n", "fmp.resources.bonds is unknown"),
        (
            '[fmp.resources.quotes]\nasset_classes = "index"\n',
            "fmp.resources.quotes.asset_classes is 'index', which is no list of texts",
        ),
        (
            "[fmp.resources.intraday_prices.intervals.1min]\nspeed = 1\n",
            "fmp.resources.intraday_prices.intervals.1min has no 'speed'",
        ),
        ("[fmp.plans]\nfree = 3\n", "fmp.plans.free is no table"),
        ("[fmp.plans.free.credits_per_day]\n", "fmp.plans.free.credits_per_day is a value"),
        ("credits_per_day : 3\n", "are no TOML"),
    ],
)
def test_a_wrong_limit_is_named(
    tmp_path: Path, provider: ScriptedProvider, text: str, told: str
) -> None:
    file = tmp_path / "limits.toml"
    file.write_text(text)

    with pytest.raises(SettingsError) as caught:
        plan_extract(settings_of(tmp_path, provider.base, plans_file=file))

    assert told in str(caught.value)
    assert str(file) in str(caught.value)


def test_a_file_of_limits_that_is_missing_is_named(
    tmp_path: Path, provider: ScriptedProvider
) -> None:
    with pytest.raises(SettingsError, match=r"absent\.toml cannot be read"):
        plan_extract(settings_of(tmp_path, provider.base, plans_file=tmp_path / "absent.toml"))
