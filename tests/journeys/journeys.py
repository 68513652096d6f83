"""The five journeys: each step is a check, or None where the part is not built yet."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from reporting.weekly import Week
from tests.ingestion import object_store
from tests.journeys import explained, exported, looked_at
from tests.journeys.person import Person
from warehouse.settings import PROJECT_ROOT, Settings

Check = Callable[[Person], None]

PRICES = ("twelve_data", "time_series_daily"), ("fmp", "eod_prices"), ("coingecko", "market_chart")


@dataclass(frozen=True)
class Step:
    """One thing that a person of a journey does.

    Attributes:
        is_long: left to `make acceptance` and `make soak`; `make test` proves it elsewhere.
    """

    journey: str
    name: str
    check: Check | None
    is_long: bool = False


def prices_are_extracted(person: Person) -> None:
    assert all(person.landed(source, resource) for source, resource in PRICES)


def a_response_is_a_frame(person: Person) -> None:
    printed = person.runs_python(
        "from ingestion.frames import landed_frame\n"
        "from warehouse.settings import load_settings\n"
        "frame = landed_frame(load_settings(), 'twelve_data', 'time_series_daily', ['AAPL'])\n"
        "print(len(frame), frame['close'].dtype, frame['close'].notna().all())\n"
    )

    rows, kind, is_whole = printed.split()
    assert int(rows) > 100
    assert (kind, is_whole) == ("float64", "True")


def one_flat_table_is_filled(person: Person) -> None:
    rows = person.number(
        "select count(*) from obt_daily_market"
        " where sma_20 is not null and rsi_14 is not null and return_1d is not null"
        " and asset_class in ('equity', 'crypto')"
    )

    assert rows > 10_000


def the_reader_sees_marts_and_nothing_else(person: Person) -> None:
    schemas = person.selects(
        "select distinct table_schema from information_schema.tables"
        " where table_schema not in ('pg_catalog', 'information_schema') order by 1"
    )

    assert ("marts",) in schemas
    assert {name for (name,) in schemas} <= {"analyst", "marts", "ops"}


def an_operator_reads_the_logs(person: Person) -> None:
    jobs = person.selects(
        "select job, status from ops.fct_pipeline_runs where ended_at is not null"
    )

    checks = person.number("select count(*) from ops.fct_check_results where status = 'pass'")

    assert {"ingest", "dbt build"} <= {job for job, _ in jobs}
    assert {status for _, status in jobs} <= {"succeeded", "partial"}
    assert checks > 100


def quality_is_clean(person: Person) -> None:
    person.types("quality")


def a_repeat_changes_no_mart(person: Person) -> None:
    before = person.mart_rows()
    person.types("load")
    person.types("transform")

    assert sum(before.values()) > 0
    assert person.mart_rows() == before


def raw_is_rebuilt_without_a_call(person: Person) -> None:
    before = len(person.landed("twelve_data", "time_series_daily"))
    person.types("load", "--all")

    assert len(person.landed("twelve_data", "time_series_daily")) == before > 0


def one_symbol_is_backfilled(person: Person) -> None:
    before = len(person.landed("fmp", "eod_prices"))
    days = ("--start", "2024-01-02", "--end", "2024-03-01")
    with person.with_sandbox() as asking:
        asking.types("ingest", "fmp.eod_prices", "--symbols", "AAPL", *days)

    assert len(person.landed("fmp", "eod_prices")) == before + 1


def bodies_say_where_they_came_from(person: Person) -> None:
    bodies = person.landed("fmp", "eod_prices")
    recorded = [
        json.loads(Path(str(body).replace(".json.gz", ".meta.json")).read_text(encoding="utf-8"))
        for body in bodies
    ]

    assert bodies
    assert {entry["is_synthetic"] for entry in recorded} == {True}
    assert all("ticker=" in str(body) and "date=" in str(body) for body in bodies)


def answers_come_as_csv(person: Person) -> None:
    days = ("--start", "2024-03-04", "--end", "2024-03-08")
    with person.with_sandbox() as asking:
        asking.types("ingest", "fmp.eod_prices", "--symbols", "AAPL", *days, "--csv")

    (file,) = (person.clone / "data_extracts/fmp/eod_prices").glob("*.csv")
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "symbol,date,price_basis,open,high,low,close,volume,is_final"
    assert [line[:15] for line in lines[1:]].count("AAPL,2024-03-06") == 1


def an_edited_csv_is_loaded(person: Person) -> None:
    (file,) = (person.clone / "data_extracts/fmp/eod_prices").glob("*.csv")
    header, *lines = file.read_text(encoding="utf-8").splitlines()
    (line,) = [line for line in lines if line.startswith("AAPL,2024-03-06")]
    *cells, volume, is_final = line.split(",")
    edited = person.clone / "mine/fmp/eod_prices/edited.csv"
    edited.parent.mkdir(parents=True)
    changed = ",".join([*cells, str(int(volume) + 1), is_final])
    edited.write_text(f"{header}\n{changed}\nAAPL,6 March\n")

    person.types("load", "--csv", "mine", expect=3)
    rejects = edited.with_name("edited.rejected.csv").read_text(encoding="utf-8")
    listed = person.types("landing", "ls", "--ticker", "AAPL", "--source", "fmp.eod_prices")

    assert "3,2 values for 9 columns,AAPL,6 March" in rejects
    assert listed.splitlines()[-1].endswith(".csv.gz")
    person.types("load", "--csv", "mine/fmp/eod_prices/edited.rejected.csv", expect=3)


def the_landing_lies_on_s3(person: Person) -> None:
    with object_store.running() as store:
        place = store.settings(store.new_bucket())
        names = {field: str(Settings.model_fields[field].alias) for field in place}
        on_s3 = {names[field]: value for field, value in place.items()}
        # A home of its own: the journal speaks of one landing.
        away = {"MARKETFLOW_HOME": "elsewhere"}
        with person.with_sandbox() as asking:
            asking.where(on_s3 | away).types("extract", "coingecko")
        listed = person.where(on_s3).types("landing", "ls", "--ticker", "BTC/USD")
        person.where(on_s3).types("load", "coingecko")

    assert "source=coingecko/endpoint=market_chart/ticker=bitcoin/date=" in listed


def fmp_answers_have_landed(person: Person) -> None:
    for resource in ("eod_prices", "profiles", "splits", "dividends", "treasury_rates"):
        assert person.landed("fmp", resource), resource


def gdp_keeps_its_vintages(person: Person) -> None:
    revised = person.number(
        "select count(*) from fct_macro_observations where series_id = 'GDP' and vintage_number > 1"
    )

    assert revised > 0


def economic_series_are_compared(person: Person) -> None:
    normalised = person.selects(
        "select date, change, pct_change_1y, z_score, index_100 from fct_macro_features"
        " where series_id = 'CPIAUCSL' and not is_carried_forward and pct_change_1y is not null"
        " order by date desc limit 12"
    )
    summed = person.selects(
        "select mean, variance from fct_macro_statistics"
        " where series_id = 'UNRATE' and window_name = '1y'"
    )
    compared = person.selects(
        "select correlation, observation_count from fct_macro_correlations"
        " where series_id = 'CPIAUCSL' and other_id = 'UNRATE' and window_name = '5y'"
    )

    assert len(normalised) == 12
    assert all(value is not None for row in normalised for value in row)
    assert summed[0][1] > 0
    assert -1 <= compared[0][0] <= 1
    assert compared[0][1] == 60


def familiar_names_answer(person: Person) -> None:
    prices = person.selects(
        "SELECT symbol, date, close, price_change_pct, volatility, data_quality_score"
        " FROM stock_data WHERE symbol = 'AAPL' ORDER BY date DESC LIMIT 10"
    )
    indicators = person.selects(
        "SELECT symbol, date, close, sma_20, rsi_14, macd_line"
        " FROM technical_indicators WHERE symbol = 'AAPL' ORDER BY date DESC LIMIT 10"
    )
    summaries = person.selects("SELECT * FROM market_summary ORDER BY date DESC LIMIT 10")
    jobs = person.selects("SELECT * FROM elt_job_log ORDER BY started_at DESC LIMIT 10")
    checks = person.selects("SELECT * FROM data_quality_log ORDER BY checked_at DESC LIMIT 10")

    assert all(None not in row for row in [*prices, *indicators])
    assert [len(rows) for rows in (prices, indicators, summaries, checks)] == [10, 10, 10, 10]
    assert len(jobs) >= 2
    names = "index_data", "commodity_data", "bond_data", "daily_aggregates"
    raw = "stock_data_raw", "index_data_raw", "commodity_data_raw", "bond_data_raw"
    empty = [name for name in (*names, *raw) if not person.number(f"select count(*) from {name}")]
    assert empty == []


def averages_cross(person: Person) -> None:
    signals = person.selects(
        "select signal, count(*) from fct_indicator_signals"
        " where signal in ('golden_cross', 'death_cross') group by signal order by signal"
    )

    assert [signal for signal, _ in signals] == ["death_cross", "golden_cross"]


def daily_bars_carry_indicators(person: Person) -> None:
    rows = person.selects(
        "select high_price, low_price, close_price, sma_20, rsi_14"
        " from obt_daily_market where symbol = 'AAPL' and rsi_14 is not null"
        " order by session_date desc limit 5"
    )

    assert len(rows) == 5
    assert all(low <= close <= high for high, low, close, _, _ in rows)


def instruments_have_sectors(person: Person) -> None:
    assert person.number("select count(distinct sector) from dim_instruments") >= 5


def coins_are_stored(person: Person) -> None:
    assert person.number("select count(distinct instrument_id) from fct_crypto_snapshots") >= 2


def the_yield_curve_is_there(person: Person) -> None:
    assert person.number("select count(distinct tenor) from fct_yield_curve") >= 10


def the_pages_render(person: Person) -> None:
    pages = ("overview", "instrument", "correlations", "macro", "crypto", "quality")
    printed = person.runs_python(
        "from streamlit.testing.v1 import AppTest\n"
        "app = AppTest.from_file('dashboards/app.py', default_timeout=60).run()\n"
        f"for page in {pages}:\n"
        "    app.switch_page(f'views/{page}.py').run()\n"
        "    print(page, [error.value for error in [*app.exception, *app.error]])\n"
    )
    assert printed.splitlines()[-len(pages) :] == [f"{page} []" for page in pages]


def a_number_on_the_page_is_traced(person: Person) -> None:
    printed = person.runs_python(
        "from streamlit.testing.v1 import AppTest\n"
        "app = AppTest.from_file('dashboards/app.py', default_timeout=60)\n"
        "app.switch_page('views/instrument.py')\n"
        "app.query_params.update(symbol='AAPL', number='rsi_14')\n"
        "print(app.run().code[0].value)\n"
    )

    day, column, _, value, *rest = printed.partition("AAPL ")[2].split()
    assert column == "rsi_14"
    assert person.number(
        "select count(*) from fct_daily_indicators"
        f" where symbol = 'AAPL' and session_date = '{day}' and rsi_14 = {value}"
    )
    assert "inputs" in rest


def several_are_compared(person: Person) -> None:
    printed = person.runs_python(
        "import json\n"
        "from streamlit.testing.v1 import AppTest\n"
        "app = AppTest.from_file('dashboards/app.py', default_timeout=60)\n"
        "app.switch_page('views/compare.py')\n"
        "app.query_params['symbols'] = ['AAPL', 'MSFT', 'BTC/USD']\n"
        "app.run()\n"
        "lines = json.loads(app.get('plotly_chart')[0].proto.spec)['data']\n"
        "print([error.value for error in [*app.exception, *app.error]],"
        " sorted(line['name'] for line in lines))\n"
    )

    assert printed.splitlines()[-1] == "[] ['AAPL', 'BTC/USD', 'MSFT']"


def schedules_of(person: Person) -> dict[str, tuple[str, str]]:
    """Cron and job of each schedule that runs by default."""
    printed = person.runs_python(
        "import json\n"
        "from orchestration.definitions import defs\n"
        "running = [one for one in defs.schedules if one.default_status.value == 'RUNNING']\n"
        "print(json.dumps({one.name: (one.cron_schedule, one.job_name) for one in running}))\n"
    )
    found = json.loads(printed.splitlines()[-1])
    return {name: (cron, job) for name, (cron, job) in found.items()}


def a_schedule_keeps_it_fresh(person: Person) -> None:
    assert schedules_of(person)["daily_after_the_close"] == ("0 17 * * 1-5", "everything")


def runs_a_round(person: Person, schedule: str, tables: set[str]) -> None:
    """Let the job of a schedule run once, as a tick would, and see it arrive in the marts."""
    _, job = schedules_of(person)[schedule]
    with person.with_sandbox() as asking:
        printed = asking.runs_python(
            "import dagster as dg\n"
            "from orchestration.definitions import defs\n"
            "from orchestration.ingestion_assets import ROUND\n"
            f"job = defs.resolve_job_def({job!r})\n"
            "done = job.execute_in_process(\n"
            "    instance=dg.DagsterInstance.ephemeral(), tags={ROUND: 'true'}\n"
            ")\n"
            "events = done.get_asset_materialization_events()\n"
            "print(done.success, *(event.asset_key.path[-1] for event in events))\n"
        )

    success, *built = printed.splitlines()[-1].split()
    assert success == "True"
    assert tables <= set(built)


def an_hour_passes(person: Person) -> None:
    runs_a_round(person, "twelve_data_hourly", {"quotes", "obt_daily_market", "obt_latest_market"})


def a_quarter_of_an_hour_passes(person: Person) -> None:
    runs_a_round(person, "fmp_every_15_minutes", {"intraday_prices", "fct_intraday_bars"})


def a_stale_source_is_told(person: Person) -> None:
    ((fetched_at,),) = person.selects(
        "select last_fetched_at from ops.fct_freshness where source = 'fmp'"
    )
    look = (
        "from orchestration.telling import look_and_tell\n"
        "from warehouse.settings import load_settings\n"
        "print(look_and_tell(load_settings()).text)\n"
    )
    open_ones = (
        "select cause, next_step from ops.fct_alerts"
        " where alert_kind = 'stale' and asset = 'fmp' and is_open"
    )
    weeks_later = {"MARKETFLOW_NOW": (fetched_at + timedelta(days=14)).isoformat()}

    told = person.where(weeks_later).runs_python(look)
    ((cause, next_step),) = person.selects(open_ones)
    recovered = person.where({"MARKETFLOW_NOW": fetched_at.isoformat()}).runs_python(look)

    assert "fmp (stale): nothing has been fetched since" in told
    assert "finished sessions" in cause
    assert "marketflow ingest fmp" in next_step
    assert "fmp (stale) has recovered." in recovered
    assert person.selects(open_ones) == []


def an_api_answers(person: Person) -> None:
    ask = person.api.ask
    bars = ask("/v1/daily_bars?symbol=AAPL&adjustment=split&order=desc&limit=5")["data"]
    newest = ask("/v1/daily_indicators?symbol=AAPL&order=desc&limit=1")["data"][0]
    breadth = ask("/v1/market_breadth?index_name=TRACKED&order=desc&limit=1")["data"]
    summary = ask("/v1/market_summary?asset_class=equity&order=desc&limit=1")["data"]
    runs = ask("/v1/pipeline_runs?status=succeeded&limit=1")["data"]
    checks = ask("/v1/check_results?status=pass&limit=1")["data"]

    assert [bar["symbol"] for bar in bars] == ["AAPL"] * 5
    assert 0 <= newest["rsi_14"] <= 100
    assert all((breadth, summary, runs, checks))


def an_api_answers_about_series(person: Person) -> None:
    ask = person.api.ask
    latest = ask("/v1/macro_latest?series_id=UNRATE&order=desc&limit=3")["data"]
    known = ask("/v1/macro_as_of?as_of=2026-01-31&series_id=GDP&order=desc&limit=3")["data"]
    features = ask("/v1/macro_features?series_id=UNRATE&order=desc&limit=3")["data"]
    statistics = ask("/v1/macro_statistics?series_id=UNRATE")["data"]
    correlations = ask("/v1/macro_correlations?series_id=UNRATE&limit=3")["data"]
    curve = ask("/v1/yield_curve?tenor=10y&order=desc&limit=1")["data"]

    assert all((latest, known, features, statistics, correlations, curve))
    assert {row["series_id"] for row in latest} == {"UNRATE"}


def an_api_answers_about_coins(person: Person) -> None:
    ask = person.api.ask
    snapshots = ask("/v1/crypto_snapshots?symbol=BTC/USD&order=desc&limit=1")["data"]
    coin = ask("/v1/instruments/BTC/USD")
    pages = [ask(path) for path in ("/docs", "/redoc")]
    specification = ask("/openapi.json")

    assert snapshots[0]["price"] > 0
    assert coin["asset_class"] == "crypto"
    assert all("/docs/assets/" in page for page in pages)
    assert "/v1/crypto_snapshots" in specification["paths"]


def an_api_answers_by_ticker_and_interval(person: Person) -> None:
    ask = person.api.ask
    prices = ask("/v1/latest_prices?symbol=AAPL,SPY")["data"]
    bars = ask("/v1/intraday_bars?symbol=AAPL&bar_interval=5min&order=desc&limit=5")["data"]
    wide = ask("/v1/daily_market?symbol=AAPL&order=desc&limit=1")["data"][0]

    assert {row["symbol"] for row in prices} == {"AAPL", "SPY"}
    assert {bar["bar_interval"] for bar in bars} == {"5min"}
    assert wide["sma_200"] > 0


def any_number_is_traced(person: Person) -> None:
    (symbol, day, close), *_ = person.selects(
        "select symbol, session_date, close_price from fct_daily_bars where symbol = 'AAPL'"
        " order by session_date limit 1"
    )
    printed = person.types("explain", symbol, str(day), "split_adjusted_close_price")
    as_json = json.loads(person.types("explain", symbol, str(day), "close_price", "--json"))

    assert "parsed again: the landed body yields this row" in printed
    assert (as_json["mart"], as_json["value"]) == ("fct_daily_bars", close)
    explained.check_every_column(person.settings)


def marts_leave_as_files(person: Person) -> None:
    query = "select count(*) from fct_daily_bars where symbol = 'AAPL'"
    there = ("--where", "symbol = 'AAPL'", "--to", "exports")
    printed = person.types("export", "fct_daily_bars", "--format", "csv", *there)

    assert printed.startswith(f"{person.number(query):,} rows in ")
    assert exported.check_every_mart(person.settings, person.clone / "exports") > 30


def marts_leave_whole(person: Person) -> None:
    folder = person.clone / "exports/whole"

    assert exported.check_every_mart(person.settings, folder, is_whole=True) > 90


def charts_are_drawn_as_files(person: Person) -> None:
    printed = person.types("chart", "all", "BTC/USD", "--to", "charts/btc.svg")
    person.types("chart", "candlestick", "BTC/USD", "--to", "charts/btc.png")
    person.types("chart", "share", "--to", "charts/share.html")
    drawn = {
        path.stem: path.read_text(encoding="utf-8")
        for path in map(person.clone.joinpath, printed.splitlines())
    }
    largest = person.selects(
        "select symbol, round(cast(dominance_pct as numeric), 1) from fct_crypto_snapshots"
        " order by snapshot_at desc, dominance_pct desc limit 3"
    )

    kinds = "candlestick", "correlation", "share", "price-bars", "yield-curve"
    assert list(drawn) == [f"btc-{kind}" for kind in kinds]
    assert all("Invented data of the sandbox" in text for text in drawn.values())
    for symbol, share in largest:
        assert f">{symbol}</text>" in drawn["btc-share"]
        assert f">{share} %</text>" in drawn["btc-share"]
    assert (person.clone / "charts/btc.png").read_bytes().startswith(b"\x89PNG")
    page = (person.clone / "charts/share.html").read_text(encoding="utf-8")
    assert "src=" not in page.partition("Plotly.newPlot")[2]


def lines_of_curl_answer_as_written(person: Person) -> None:
    readme = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = (one for one in re.findall(r"```sh\n(.*?)```", readme, re.DOTALL) if "curl " in one)
    # Nothing of an answer that failed is printed, and a word between them tells them apart.
    lines = block.replace("curl ", "curl -sS --fail ").replace("\n", "\necho; echo ---\n")

    assert person.api
    printed = person.types_as_written(lines)

    _, prices, bars, known = printed.split("---\n")[:4]
    rows = json.loads(prices)["data"]
    assert {row["symbol"] for row in rows} == {"AAPL", "BTC/USD"}
    assert all(row["price"] > 0 for row in rows)
    header, newest, *_ = bars.splitlines()
    assert "close_price" in header.split(",")
    assert "AAPL" in newest.split(",")
    assert len(json.loads(known)["data"]) == 5


def the_week_is_reported(person: Person) -> None:
    page, *_ = person.types("report").splitlines()
    text = Path(page).read_text(encoding="utf-8")
    week = Week.parse(Path(page).stem)
    again, *_ = person.types("report", "--week", week.name, "--to", "again.html").splitlines()
    # The same closes by another way: the function that looks back, with its adjustments.
    ((close,),) = person.selects(
        "select round(cast(close_price as numeric), 2)"
        f" from daily_bars_as_of('{week.known_at}') where symbol = '^GSPC'"
        f" and session_date <= '{week.friday}' order by session_date desc limit 1"
    )

    assert f'<td class="number">{close:,}</td>' in text
    assert (person.clone / again).read_text(encoding="utf-8") == text
    filled = re.findall(r'<section id="(\w+)">(?:(?!</section>).)*<td', text, re.DOTALL)
    assert {"indexes", "sectors", "breadth", "rises", "falls", "yields", "coins"} <= set(filled)
    if shutil.which("chromium"):
        assert Path(page).with_suffix(".pdf").read_bytes().startswith(b"%PDF")


def the_future_is_forecast(person: Person) -> None:
    printed = person.types("forecast", "--symbols", "AAPL,UNRATE")
    told = person.selects(
        "select coalesce(symbol, series_id), model, horizon, point, lower, upper, is_chosen"
        " from fct_forecasts"
    )
    again = person.types("forecast", "--symbols", "AAPL,UNRATE")
    chosen = {(row[0], row[2]): row[3:6] for row in told if row[6]}
    ask = person.api.ask
    served = ask("/v1/forecasts?symbol=AAPL&is_chosen=true&horizon=5")["data"]

    assert printed.startswith("36 forecasts of 2 series")
    assert again.startswith("0 forecasts of 0 series and 0 yield curves made; 2 series")
    assert {row[1] for row in told} == {
        *("naive", "seasonal_naive", "drift", "ewma", "ets", "sarimax"),
    }
    assert set(chosen) == {
        *(("AAPL", horizon) for horizon in (1, 5, 20)),
        *(("UNRATE", horizon) for horizon in (1, 3, 12)),
    }
    assert all(lower < point < upper for point, lower, upper in chosen.values())
    (row,) = served
    assert (row["point"], row["lower"], row["upper"]) == chosen["AAPL", 5]


def a_notebook_runs(person: Person) -> None:
    printed = person.runs_python(
        "import json, nbformat\n"
        "from nbclient import NotebookClient\n"
        "notebook = nbformat.read('notebooks/reading_the_marts.ipynb', as_version=4)\n"
        "cells = [cell for cell in notebook.cells if cell.cell_type == 'code']\n"
        "assert not any(cell.outputs for cell in cells)\n"
        "NotebookClient(notebook, timeout=120, kernel_name='python3').execute()\n"
        "shown = {cell.id: one.data for cell in cells for one in cell.outputs if 'data' in one}\n"
        "print(json.dumps(shown))\n"
    )
    shown = json.loads(printed.splitlines()[-1])
    # Of a year before the newest session only what had closed by the day's beginning.
    sessions = person.number(
        "select count(*) from fct_daily_bars where symbol = 'AAPL' and session_date < ("
        "    select max(session_date) - interval '1 year' from fct_daily_indicators"
        "    where symbol = 'AAPL'"
        ")"
    )

    drawn = [name for name, kinds in shown.items() if "image/png" in kinds]
    assert drawn == ["prices-drawn", "as-of-drawn", "arrow-drawn"]
    assert re.search(rf"AAPL .* {sessions}\n", shown["bars-as-of"]["text/plain"])
    assert "observation_date: date32" in shown["arrow"]["text/plain"]
    assert "NaN" not in shown["prices"]["text/plain"]


def an_evening_is_forecast(person: Person) -> None:
    runs_a_round(person, "forecasts_after_the_daily_run", {"forecasts", "yield_curve_fits"})
    subjects = "select count(distinct coalesce(instrument_id, series_id)) from fct_forecasts"
    fits = "select count(*) from fct_yield_curve_fits where rmse_pct < 0.5"

    assert person.number(subjects) > 100
    assert person.number(fits) > 500


J1, J2 = "J1 trends from Twelve Data", "J2 market-hours ELT from FMP"
J3, J4 = "J3 macro analysis from FRED", "J4 crypto from CoinGecko"
J5 = "J5 an OHLCV lake and warehouse"

STEPS = [
    Step(J1, "extract crypto and stock prices", prices_are_extracted),
    Step(J1, "have a response as a DataFrame", a_response_is_a_frame),
    Step(J1, "read one flat table of prices and indicators", one_flat_table_is_filled),
    Step(J1, "open it in any SQL client", the_reader_sees_marts_and_nothing_else),
    Step(J1, "see trends, averages and indicators on the dashboard", the_pages_render),
    Step(J1, "read where a number on the dashboard comes from", a_number_on_the_page_is_traced),
    Step(J1, "compare several instruments on the dashboard", several_are_compared),
    Step(J1, "see them in a browser", looked_at.trends_and_indicators, is_long=True),
    Step(J1, "read it in a browser", looked_at.where_a_number_comes_from, is_long=True),
    Step(J1, "compare them in a browser", looked_at.several_side_by_side, is_long=True),
    Step(J1, "leave the daily run to a schedule", a_schedule_keeps_it_fresh, is_long=True),
    Step(J1, "have it every hour", an_hour_passes, is_long=True),
    Step(J2, "find the answers in the landing", fmp_answers_have_landed),
    Step(J2, "have them as CSV under data_extracts/", answers_come_as_csv, is_long=True),
    Step(J2, "load a CSV that someone edited", an_edited_csv_is_loaded, is_long=True),
    Step(J2, "load and transform again without harm", a_repeat_changes_no_mart, is_long=True),
    Step(J2, "check the quality", quality_is_clean, is_long=True),
    Step(J2, "read the job log and the quality log", an_operator_reads_the_logs),
    Step(J2, "read them in a browser", looked_at.how_the_pipeline_did, is_long=True),
    Step(J2, "backfill one symbol", one_symbol_is_backfilled),
    Step(J2, "ask for the close, SMA 20 and RSI 14", daily_bars_carry_indicators),
    Step(J2, "ask by the familiar names (stock_data, technical_indicators)", familiar_names_answer),
    Step(
        J2,
        "run every 15 minutes of the session",
        a_quarter_of_an_hour_passes,
        is_long=True,
    ),
    Step(J2, "ask an API for bars, indicators, breadth and runs", an_api_answers),
    Step(J2, "read the weekly report", the_week_is_reported, is_long=True),
    Step(J3, "read series with every vintage", gdp_keeps_its_vintages),
    Step(J3, "read the yield curve", the_yield_curve_is_there),
    Step(J3, "compare indicators: change, z-score, correlation", economic_series_are_compared),
    Step(J3, "forecast, with intervals", the_future_is_forecast),
    Step(
        J3,
        "look at history, scatter and forecast in a browser",
        looked_at.history_scatter_and_forecast,
        is_long=True,
    ),
    Step(J3, "have forecasts in the evening", an_evening_is_forecast, is_long=True),
    Step(J3, "ask a REST API", an_api_answers_about_series),
    Step(J4, "extract and store the coins", coins_are_stored),
    Step(J4, "look at the coins in a browser", looked_at.the_coins, is_long=True),
    Step(J4, "ask an API with /docs", an_api_answers_about_coins),
    Step(J4, "draw chart files from the command line", charts_are_drawn_as_files, is_long=True),
    Step(J5, "find raw objects by source, ticker and date", bodies_say_where_they_came_from),
    Step(J5, "keep them on S3-compatible storage", the_landing_lies_on_s3, is_long=True),
    Step(J5, "rebuild raw without a call", raw_is_rebuilt_without_a_call, is_long=True),
    Step(J5, "read daily bars, returns and RSI with a BI tool", daily_bars_carry_indicators),
    Step(J5, "group by sector", instruments_have_sectors),
    Step(J5, "ask an API by ticker and interval", an_api_answers_by_ticker_and_interval),
    Step(J5, "type the README's lines of curl", lines_of_curl_answer_as_written),
    Step(J5, "query moving-average crossovers", averages_cross),
    Step(J5, "trace any number to the response it came in", any_number_is_traced, is_long=True),
    Step(J5, "read marts in a notebook, as known a year ago too", a_notebook_runs),
    Step(J5, "take marts along as files", marts_leave_as_files),
    Step(J5, "take every mart along, whole, in every format", marts_leave_whole, is_long=True),
    Step(J5, "be told when a source goes stale", a_stale_source_is_told, is_long=True),
    Step(J5, "see that in a browser", looked_at.a_stale_source, is_long=True),
]
