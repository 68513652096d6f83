"""A few questions to each provider, whose answers are held against the declared shapes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from ingestion import sandbox
from ingestion.journal import Journal
from ingestion.landing import Landing
from ingestion.planning import Window
from ingestion.probing import Probed, probe
from ingestion.spending import spent_today
from tests.ingestion.markets import NOW, answer_well, settings_of
from tests.ingestion.scripted import Reply, scripted
from tests.real import standin
from tests.real.standin import StandIn
from warehouse.settings import PROVIDERS, Settings, load_settings

ASKED = {
    "twelve_data.time_series_daily",
    "twelve_data.quotes",
    "fmp.eod_prices",
    "fmp.profiles",
    "fred.observations",
    "coingecko.market_chart",
    "coingecko.coin_markets",
}
needs_standin = pytest.mark.skipif(
    not standin.SHARED.is_dir(), reason="../shared (the stand-in) is not here"
)


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sandbox.Sandbox]:
    home = tmp_path_factory.mktemp("market")
    server = sandbox.start(load_settings(None, home_dir=home, frozen_now=NOW), 0)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def provider() -> Iterator[StandIn]:
    with standin.running("2016-12-30T21:30:00Z") as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, market: sandbox.Sandbox) -> Settings:
    urls = {f"{name}_base_url": url for name, url in market.base_urls.items()}
    return load_settings(None, home_dir=tmp_path / "home", frozen_now=NOW, **urls)


def test_answers_as_declared_are_good_and_nothing_lands(settings: Settings) -> None:
    with Journal(settings.home) as journal:
        journal.bind("the real landing")
        now = settings.now()
        journal.cover("fmp", "eod_prices", [("AAPL", Window(now.replace(year=2020), now))])

    found = list(probe(settings))

    assert {one.level for one in found} == {"good"}, found
    assert {one.subject for one in found} == ASKED
    assert list(Landing(settings.landing_url).list_committed()) == []
    with Journal(settings.home) as journal:
        calls = journal.unshipped_calls()
        assert len(calls) == 8
        assert sum(spent_today(journal, source) for source in PROVIDERS) == 8
        assert ("eod_prices", "AAPL") in journal.watermarks("fmp")


@needs_standin
@pytest.mark.parametrize(
    ("fault", "expected", "told"),
    [
        (
            "fmp/historical*:col_drop,field=adjClose",
            ("fmp.eod_prices", "broken"),
            "no longer sends the field `adjClose`",
        ),
        (
            "fmp/profile:col_add,field=mood",
            ("fmp.profiles", "note"),
            "a field that is new here, `mood`",
        ),
        (
            "fmp/historical*:num_to_str,field=volume",
            ("fmp.eod_prices", "note"),
            "sends `volume` as another type",
        ),
        ("fmp/profile:http500", ("fmp.profiles", "broken"), "HTTP 500"),
        ("fmp/profile:html", ("fmp.profiles", "broken"), "HTML page"),
    ],
)
def test_what_differs_is_named(
    tmp_path: Path, provider: StandIn, fault: str, expected: tuple[str, str], told: str
) -> None:
    requests.post(f"{provider.base}/_admin/faults", fault, timeout=10).raise_for_status()
    universe = tmp_path / "universe.csv"
    header = ",".join(standin.UNIVERSE_COLUMNS)
    universe.write_text(f"{header}\nAAPL,Apple,equity,XNYS,USD,,AAPL,,\n")
    environment = {name.lower(): value for name, value in provider.environment.items()}
    settings = load_settings(
        None,
        home_dir=tmp_path / "home",
        universe_file=universe,
        frozen_now="2016-12-30T21:30:00Z",
        **environment,
    )

    found = list(probe(settings))

    # What needs no symbol is asked of CoinGecko all the same.
    assert {one.subject for one in found} >= {"fmp.eod_prices", "fmp.profiles", "coingecko.coins"}
    (differing,) = [one for one in found if one.level != "good"]
    assert (differing.subject, differing.level) == expected
    assert told in differing.text
    assert json.dumps(environment["fmp_api_key"]) not in differing.text


def test_a_failure_costs_one_call_and_a_wrong_key_asks_no_more(tmp_path: Path) -> None:
    def answer(seen: object) -> Reply:
        return Reply({"Error Message": "Invalid API KEY."}, status=401)

    with scripted(answer) as running:
        found = [one for one in probe(settings_of(tmp_path, running.base)) if "fmp" in one.subject]
        asked = [path for path in running.paths() if path.startswith("/fmp")]

    assert [(one.subject, one.level) for one in found] == [("fmp.eod_prices", "broken")]
    assert "check the provider's API key" in found[0].text
    assert len(asked) == 1


def test_a_provider_without_a_key_is_not_asked(tmp_path: Path) -> None:
    with scripted(answer_well) as running:
        settings = load_settings(
            None, home_dir=tmp_path, coingecko_base_url=f"{running.base}/coingecko", frozen_now=NOW
        )
        found = list(probe(settings))

    assert Probed("fmp", "note", "not asked: FMP_API_KEY is not set") in found
    assert {path.split("/")[1] for path in running.paths()} == {"coingecko"}
