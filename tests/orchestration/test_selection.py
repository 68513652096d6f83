"""What a run of some tables asks ingestion for."""

from orchestration.ingestion_assets import selection_of


def test_a_run_of_all_tables_names_none_so_that_what_is_fresh_is_left_alone() -> None:
    names = ["dividends", "eod_prices", "splits"]

    assert selection_of("fmp", names, all_names=names[::-1]) == ["fmp"]


def test_a_run_of_some_tables_names_them() -> None:
    names = ["dividends", "splits"]

    assert selection_of("fmp", names, all_names=["eod_prices", *names]) == [
        "fmp.dividends",
        "fmp.splits",
    ]
