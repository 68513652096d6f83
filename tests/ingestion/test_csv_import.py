"""CSV files of people on their way to raw: the same rows, with provenance, and nothing lost."""

import csv
import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ingestion import csv_extracts, csv_splitting, job
from ingestion.errors import CsvError, OriginMismatch
from ingestion.landing import Landing
from ingestion.load import load
from tests.ingestion.landings import NOW, land, land_bars, raw_rows, write_universe
from tests.ingestion.test_csv_files import EOD_HEADER, GOOD
from warehouse import database
from warehouse.errors import UsageError
from warehouse.settings import Settings, load_settings

DAY = "2024-07-03"


@pytest.fixture
def settings(warehouse_settings: Settings, tmp_path: Path) -> Settings:
    return warehouse_settings.model_copy(
        update={
            "universe_file": write_universe(tmp_path),
            "frozen_now": NOW.isoformat(),
            "csv_location": tmp_path / "data_extracts",
        }
    )


def write(directory: Path, text: str, source: str = "fmp", name: str = "eod_prices") -> Path:
    path = directory / source / name / "mine.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def with_landing(settings: Settings, directory: Path) -> Settings:
    return load_settings(None, **settings.model_dump() | {"landing_location": str(directory)})


def bars(settings: Settings) -> list[tuple[Any, ...]]:
    names = ("symbol", "date", "close", "is_final")
    return [tuple(row[name] for name in names) for row in raw_rows(settings, "fmp", "eod_prices")]


def test_a_file_becomes_rows_that_lead_back_to_it(settings: Settings, tmp_path: Path) -> None:
    path = write(tmp_path / "mine", f"{EOD_HEADER}\n{GOOD}\n")

    summary = job.load_only(settings, csv=tmp_path / "mine")

    (row,) = raw_rows(settings, "fmp", "eod_prices")
    (landed,) = Landing(settings.landing_url).list_committed()
    assert bars(settings) == [("AAPL", "2024-07-02", "220.27", True)]
    assert row["response_id"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert row["request_id"] == landed.request_id
    assert (landed.method, landed.url) == ("FILE", "file:fmp/eod_prices/mine.csv")
    assert landed.path.startswith("source=fmp/endpoint=eod_prices/ticker=AAPL/date=2024-07-03/")
    assert landed.path.endswith(".csv.gz")
    assert Landing(settings.landing_url).read_body(landed) == path.read_bytes()
    assert (summary.new_rows, summary.exit_code, summary.failures) == (1, 0, [])
    assert not list((tmp_path / "mine").rglob("*.rejected.csv"))


def test_bad_lines_are_set_aside_and_mended_lines_come_in_later(
    settings: Settings, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    bad = GOOD.replace("2024-07-02", "7/1/2024").replace("as_traded", "=cmd|x")
    write(mine, f"{EOD_HEADER}\n{GOOD}\n{bad}\n")

    summary = job.load_only(settings, csv=mine)

    rejects = mine / "fmp/eod_prices/mine.rejected.csv"
    with rejects.open(newline="") as file:
        (line,) = list(csv.DictReader(file))
    assert (line["rejected_line"], line["price_basis"]) == ("3", "'=cmd|x")
    assert line["rejected_reason"].startswith("date is '7/1/2024', which is not a date")
    assert (summary.exit_code, summary.new_rows) == (3, 1)
    assert "1 of 2 lines of" in summary.skips[0].reason
    assert str(rejects) in summary.skips[0].reason

    text = rejects.read_text().replace("7/1/2024", "2024-07-01").replace("'=cmd|x", "as_traded")
    (mine / "fmp/eod_prices/mended.csv").write_text(text)
    (mine / "fmp/eod_prices/mine.csv").unlink()
    mended = job.load_only(settings, csv=mine)

    assert (mended.exit_code, mended.new_rows) == (0, 1)
    assert [row[1] for row in bars(settings)] == ["2024-07-01", "2024-07-02"]


def test_the_same_file_again_adds_no_row_and_no_body(settings: Settings, tmp_path: Path) -> None:
    write(tmp_path / "mine", f"{EOD_HEADER}\n{GOOD}\nAAPL\n")
    job.load_only(settings, csv=tmp_path / "mine")
    before = raw_rows(settings, "fmp", "eod_prices")

    again = job.load_only(settings, csv=tmp_path / "mine")

    assert (again.new_rows, again.exit_code) == (0, 3)
    assert raw_rows(settings, "fmp", "eod_prices") == before
    assert len(before) == len(list(Landing(settings.landing_url).list_committed())) == 1


def test_lines_that_the_universe_did_not_know_come_in_once_it_does(
    settings: Settings, tmp_path: Path
) -> None:
    write(tmp_path / "mine", f"{EOD_HEADER}\n{GOOD}\n{GOOD.replace('AAPL', 'MSFT')}\n")
    first = job.load_only(settings, csv=tmp_path / "mine")
    with settings.universe_path.open("a", encoding="utf-8") as universe:
        universe.write("MSFT,Microsoft,equity,XNYS,USD,MSFT,MSFT,,\n")

    second = job.load_only(settings, csv=tmp_path / "mine")

    assert (first.new_rows, first.exit_code) == (1, 3)
    assert (second.new_rows, second.exit_code) == (1, 0)
    assert [row[0] for row in bars(settings)] == ["AAPL", "MSFT"]


def test_a_replay_brings_the_lines_of_files_back(settings: Settings, tmp_path: Path) -> None:
    land_bars(settings, {"2024-07-01": 1.5})
    load(settings)
    write(tmp_path / "mine", f"{EOD_HEADER}\n{GOOD}\nAAPL,oops\n")
    job.load_only(settings, csv=tmp_path / "mine")
    before = raw_rows(settings, "fmp", "eod_prices")
    with database.connect(settings, "owner", autocommit=True) as connection:
        connection.execute("truncate raw_fmp.eod_prices, raw_marketflow.loaded_responses")

    replay = load(settings, all=True)

    assert raw_rows(settings, "fmp", "eod_prices") == before
    assert (replay.rows, len(before), replay.exit_code) == (2, 2, 0)


def test_an_edited_file_is_a_newer_version_of_what_it_changes(
    settings: Settings, tmp_path: Path
) -> None:
    land_bars(settings, {"2024-07-01": 10.0, "2024-07-02": 20.0})
    load(settings)
    (written,) = csv_extracts.write(settings, [("fmp", "eod_prices")], [NOW.date()])
    edited = written.path.read_text().replace(",20.0,", ",21.5,")
    written.path.write_text(edited)
    later = settings.model_copy(update={"frozen_now": (NOW + timedelta(hours=1)).isoformat()})

    summary = job.load_only(later, csv=settings.csv_directory)

    assert [(day, close) for _, day, close, _ in bars(settings)] == [
        ("2024-07-01", "10.0"),
        ("2024-07-02", "20.0"),
        ("2024-07-02", "21.5"),
    ]
    assert (summary.new_rows, summary.exit_code) == (1, 0)


def test_a_bar_that_was_open_when_it_was_written_is_not_final_when_it_is_loaded(
    settings: Settings,
) -> None:
    during = NOW.replace(hour=15)
    land_bars(settings, {"2024-07-02": 1.0, "2024-07-03": 2.0}, fetched_at=during)
    load(settings)
    csv_extracts.write(settings, [("fmp", "eod_prices")], [NOW.date()])

    # By now the session is over.
    summary = job.load_only(settings, csv=settings.csv_directory)

    assert summary.new_rows == 0
    assert [(day, is_final) for _, day, _, is_final in bars(settings)] == [
        ("2024-07-02", True),
        ("2024-07-03", False),
    ]


def test_extracts_hold_the_newest_row_of_each_key_and_can_be_written_again(
    settings: Settings, tmp_path: Path
) -> None:
    land_bars(settings, {"2024-07-02": 1.0, "2024-07-01": 3.0})
    land_bars(settings, {"2024-07-02": 2.0}, fetched_at=NOW + timedelta(minutes=1))
    land_bars(settings, {"2024-06-01": 9.0}, fetched_at=NOW - timedelta(days=1))
    write(tmp_path / "mine", f"{EOD_HEADER}\n{GOOD}\n")
    job.load_only(settings, csv=tmp_path / "mine")
    wanted = [("fmp", "eod_prices"), ("fmp", "splits"), ("fmp", "no_table")]

    (written,) = csv_extracts.write(settings, wanted, [NOW.date()])
    once = written.path.read_bytes()
    csv_extracts.write(settings, wanted, [NOW.date()])

    assert written.path == settings.csv_directory / f"fmp/eod_prices/{DAY}.csv"
    assert written.rows == 2
    assert once.decode() == (
        f"{EOD_HEADER},is_final\n"
        "AAPL,2024-07-01,as_traded,2.0,4.0,1.0,3.0,1000,true\n"
        "AAPL,2024-07-02,as_traded,1.0,3.0,0.0,2.0,1000,true\n"
    )
    assert written.path.read_bytes() == once
    assert [path.name for path in written.path.parent.iterdir()] == [written.path.name]


def test_what_is_written_and_loaded_elsewhere_is_the_same(
    settings: Settings, tmp_path: Path
) -> None:
    profile = {
        "symbol": "AAPL",
        "companyName": "=HYPERLINK(1)",
        "description": 'two\nlines, "quoted"',
        "phone": "+1 408 996 1010",
        "isEtf": False,
        "price": -1e-12,
        "ceo": "'tis",
        "currency": None,
    }
    land(settings, "fmp", "profiles", [profile], ["AAPL"])
    coin = {"id": "bitcoin", "last_updated": "2024-07-03T21:00:00Z", "roi": {"times": 1.50}}
    land(settings, "coingecko", "coin_markets", [coin], ["bitcoin"], params={"vs_currency": "usd"})
    load(settings)
    tables = [("fmp", "profiles"), ("coingecko", "coin_markets")]
    written = csv_extracts.write(settings, tables, [NOW.date()])
    before = [raw_rows(settings, *name)[0] for name in tables]
    elsewhere = with_landing(settings, tmp_path / "other")
    with database.connect(settings, "owner", autocommit=True) as connection:
        connection.execute(
            "truncate raw_fmp.profiles, raw_coingecko.coin_markets, raw_marketflow.loaded_responses"
        )

    summary = job.load_only(elsewhere, csv=settings.csv_directory)

    after = [raw_rows(settings, *name)[0] for name in tables]
    lineage = {"request_id", "response_id", "fetched_at"}
    assert len(written) == summary.new_rows == 2
    assert "'=HYPERLINK(1)" in written[0].path.read_text()
    assert "'+1 408" in written[0].path.read_text()
    assert [{k: v for k, v in row.items() if k not in lineage} for row in after] == [
        {k: v for k, v in row.items() if k not in lineage} for row in before
    ]
    assert after[1]["roi"] == '{"times":1.5}'


def test_a_coin_among_the_largest_need_not_be_tracked(settings: Settings) -> None:
    coin = {"id": "tether", "last_updated": "2024-07-03T21:00:00Z", "current_price": 1.0}
    land(settings, "coingecko", "coin_markets", [coin], ["bitcoin"], params={"vs_currency": "usd"})
    load(settings)
    csv_extracts.write(settings, [("coingecko", "coin_markets")], [NOW.date()])

    summary = job.load_only(settings, csv=settings.csv_directory)

    assert summary.imported is not None
    assert [(one.good, one.rejected) for one in summary.imported.files] == [(1, 0)]


def test_files_enter_an_installation_of_their_kind_alone(
    settings: Settings, tmp_path: Path
) -> None:
    land_bars(settings, {"2024-07-02": 1.0}, is_synthetic=True)
    load(settings)
    csv_extracts.write(settings, [("fmp", "eod_prices")], [NOW.date()])
    write(tmp_path / "mine", f"{EOD_HEADER}\n{GOOD}\n")
    live = with_landing(settings, tmp_path / "live")
    land_bars(live, {"2024-07-02": 1.0})

    inside = job.load_only(settings, csv=tmp_path / "mine")

    assert inside.new_rows == 1
    with database.connect(settings, "loader") as connection:
        rows = connection.execute("select distinct is_synthetic from raw_fmp.eod_prices").fetchall()
    assert rows == [(True,)]
    with pytest.raises(OriginMismatch, match="holds sandbox data, and here is live data"):
        job.load_only(live, csv=settings.csv_directory / "fmp")
    with pytest.raises(OriginMismatch, match="move that folder away"):
        csv_extracts.write(live, [("fmp", "eod_prices")], [NOW.date()])


def test_a_file_that_cannot_be_read_does_not_keep_the_others_out(
    settings: Settings, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    write(mine, f"{EOD_HEADER}\n{GOOD}\n")
    write(mine, "a,b\n1,2\n", name="splits")
    write(mine, "a,b\n1,2\n", name="no_such")
    write(mine, "a,b\n1,2\n", source="nasdaq")

    summary = job.load_only(settings, csv=mine)

    assert (summary.exit_code, summary.new_rows) == (3, 1)
    texts = sorted(summary.failures)
    assert len(texts) == 3
    assert "no_such/mine.csv lies in no folder of a resource: fmp has eod_prices" in texts[0]
    assert "splits/mine.csv, line 1: the column symbol is missing" in texts[1]
    assert "nasdaq/eod_prices/mine.csv lies in no folder of a source" in texts[2]
    only = job.load_only(settings, ["fred"], csv=mine)
    assert only.imported is not None
    assert only.imported.files == []


def test_nothing_to_load_is_wrong_usage(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(UsageError, match="holds no CSV file: they lie in <source>/<resource>"):
        job.load_only(settings, csv=tmp_path / "empty")
    with pytest.raises(UsageError, match="does not exist"):
        job.load_only(settings, csv=tmp_path / "nowhere")


def test_a_large_file_lands_in_parts_and_loads_whole(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_splitting, "PART_BYTES", 200)
    lines = [GOOD.replace("2024-07-02", f"2024-05-{day:02}") for day in range(1, 31)]
    lines[20] = "AAPL"
    write(tmp_path / "mine", "\n".join([EOD_HEADER, *lines]) + "\n")

    first = job.load_only(settings, csv=tmp_path / "mine")
    again = job.load_only(settings, csv=tmp_path / "mine")

    landed = list(Landing(settings.landing_url).list_committed())
    rejects = (tmp_path / "mine/fmp/eod_prices/mine.rejected.csv").read_text().splitlines()
    assert len(landed) > 5
    assert (first.new_rows, again.new_rows, len(bars(settings))) == (29, 0, 29)
    assert [line.partition(",")[0] for line in rejects[1:]] == ["22"]


def test_a_folder_that_cannot_be_written_is_named(settings: Settings, tmp_path: Path) -> None:
    land_bars(settings, {"2024-07-02": 1.0})
    (tmp_path / "data_extracts").write_text("in the way")

    with pytest.raises(CsvError, match=r"cannot be written .*make its folder writable"):
        csv_extracts.write(settings, [("fmp", "eod_prices")], [NOW.date()])
