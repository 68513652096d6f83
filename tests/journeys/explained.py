"""Every column of the explained marts, from its number down to the landed body and back up."""

import math
import statistics
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from marketflow.explaining import SAME, compare_with_landing
from reporting.explain import MARTS, Question, as_text, explain, raw_entries
from reporting.explain.columns import WINDOWS
from warehouse import database
from warehouse.settings import Settings

Document = dict[str, Any]

SUBJECTS = {
    # The day is before a split, so that all factors act.
    "fct_daily_bars": """
        select actions.symbol, bars.session_date
        from fct_corporate_actions as actions
        inner join fct_daily_bars as bars using (instrument_id)
        where actions.action_type = 'split' and bars.session_date < actions.ex_date
        order by actions.symbol, bars.session_date desc limit 1
    """,
    "fct_daily_indicators": """
        select symbol, session_date from fct_daily_indicators
        where symbol = 'AAPL' and bar_number = 300
    """,
    "fct_macro_observations": """
        select series_id, observation_date from fct_macro_observations
        where series_id = 'GDP' and vintage_number = 3 order by observation_date limit 1
    """,
    "fct_yield_curve": """
        select tenor, observation_date from fct_yield_curve
        where tenor = '5y' and difference_pct is not null and change_1d_pct is not null
        order by observation_date desc limit 1
    """,
}


def documents(settings: Settings) -> Iterator[Document]:
    """The explanation of every column of every explained mart."""
    now = settings.now()
    with database.connect(settings, "reader") as connection:
        for mart in MARTS:
            cursor = connection.execute(f"select * from {mart} limit 0".encode())
            columns = [one.name for one in cursor.description or ()]
            subjects = connection.execute(SUBJECTS[mart].encode()).fetchall()
            assert columns
            assert subjects, mart
            for subject, day in subjects:
                for column in columns:
                    document = explain(connection, Question(subject, day, column, now))
                    is_shared = mart == "fct_daily_indicators" and column in BARS_HAVE_IT
                    assert document["mart"] == ("fct_daily_bars" if is_shared else mart)
                    yield document
        for column, window in WINDOWS.items():
            if window.seed_rows is not None:
                row = connection.execute(
                    "select session_date from fct_daily_indicators"
                    " where symbol = 'AAPL' and bar_number = %s",
                    [window.first_bar],
                ).fetchone()
                assert row is not None
                yield explain(connection, Question("AAPL", row[0], column, now))


BARS_HAVE_IT = {
    "instrument_id",
    "symbol",
    "session_date",
    "split_adjusted_close_price",
    "is_synthetic",
}


def check_every_column(settings: Settings) -> None:
    """Hold each explanation to the mart, to its landed bodies and to its inputs."""
    found = list(documents(settings))
    entries = [entry for document in found for entry in raw_entries(document)]
    compare_with_landing(settings, entries)

    assert {entry["parsed_again"] for entry in entries} == {SAME}
    assert all(any(True for _ in raw_entries(document)) for document in found)
    for document in found:
        assert document["meaning"]
        assert document["row"][document["column"]] == document["value"]
        assert "apikey" not in as_text(document)
        assert document["models"][-1] in {entry["table"] for entry in raw_entries(document)}
        _check_lineage(document)
    explained = [one for one in found if one["column"] in WINDOWS and one["value"] is not None]
    assert {one["column"] for one in explained} == set(WINDOWS)
    for document in explained:
        expected = recomputed(document["column"], document["inputs"])
        assert math.isclose(document["value"], expected, rel_tol=1e-9, abs_tol=1e-9), document


def _check_lineage(document: Document) -> None:
    """The body that the mart names is one of those that were found, and the value is in its row."""
    row = document.get("bar", document["row"])
    shown = {entry["response"]["sha256"] for entry in raw_entries(document)}
    assert row["response_id"] in shown
    if document["mart"] == "fct_daily_bars" and document["column"] == "close_price":
        (chosen,) = [one for one in document["providers"] if one["is_chosen"]]
        assert float(chosen["raw"]["row"]["close"]) == document["value"]
        assert document["adjustment"]["later_split_ratio"] != 1
        ratios = [one["split_ratio"] for one in document["adjustment"]["actions"]]
        product = math.prod(ratio for ratio in ratios if ratio is not None)
        assert math.isclose(product, document["adjustment"]["later_split_ratio"])
    if document["mart"] == "fct_macro_observations" and document["column"] == "value":
        assert str(document["value"]) in {
            str(float(entry["row"]["value"])) for entry in document["raw"]
        }


def recomputed(column: str, inputs: list[Document]) -> float:
    """The indicator, from its inputs alone."""
    closes = [one.get("split_adjusted_close_price", math.nan) for one in inputs]
    changes = [b - a for a, b in pairwise(closes)]
    last, (family, _, length) = inputs[-1], column.rpartition("_")
    smoothed = {
        "ema": lambda: (closes, 2 / (int(length) + 1)),
        "macd": lambda: ([one["macd_line"] for one in inputs], 0.2),
        "average_gain": lambda: ([max(change, 0) for change in changes], 1 / 14),
        "average_loss": lambda: ([max(-change, 0) for change in changes], 1 / 14),
        "atr": lambda: (_true_ranges(inputs), 1 / 14),
    }
    if WINDOWS[column].seed_rows is not None:
        values, weight = smoothed[family]()
        return _smoothed(inputs, column, values, weight)
    if family == "sma" or column == "bollinger_middle_20":
        return statistics.fmean(closes)
    if family.startswith("bollinger"):
        width, mean = 2 * statistics.pstdev(closes), statistics.fmean(closes)
        bands = {"bollinger_upper": mean + width, "bollinger_lower": mean - width}
        return bands.get(family, (closes[-1] - mean + width) / (2 * width))
    others = {
        "macd_line": lambda: last["ema_12"] - last["ema_26"],
        "macd_histogram": lambda: last["macd_line"] - last["macd_signal"],
        "rsi_14": lambda: (
            100 * last["average_gain_14"] / (last["average_gain_14"] + last["average_loss_14"])
        ),
        "vwap_20": lambda: (
            sum(_typical(one) * one["split_adjusted_volume"] for one in inputs)
            / sum(one["split_adjusted_volume"] for one in inputs)
        ),
        "volatility_20": lambda: statistics.stdev(b / a - 1 for a, b in pairwise(closes)),
        "return_1d": lambda: closes[-1] / closes[-2] - 1,
        "high_252": lambda: max(one["split_adjusted_high_price"] for one in inputs),
        "low_252": lambda: min(one["split_adjusted_low_price"] for one in inputs),
    }
    return others[column]()


def _smoothed(inputs: list[Document], column: str, values: list[Any], weight: float) -> float:
    if len(inputs) > 2:
        return statistics.fmean(values)
    before = inputs[0][column]
    return before + weight * (values[-1] - before)


def _true_ranges(inputs: list[Document]) -> list[float]:
    return [
        max(one["split_adjusted_high_price"], before["split_adjusted_close_price"])
        - min(one["split_adjusted_low_price"], before["split_adjusted_close_price"])
        for before, one in pairwise(inputs)
    ]


def _typical(one: Document) -> float:
    return (
        one["split_adjusted_high_price"]
        + one["split_adjusted_low_price"]
        + one["split_adjusted_close_price"]
    ) / 3
