"""From a question about one number to the document that answers it, as JSON can hold it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from reporting.explain.columns import FORMULAS, WINDOWS, model_path
from warehouse.errors import UsageError

Connection = psycopg.Connection[tuple[Any, ...]]
Document = dict[str, Any]

_KINDS = {"series": ("fct_macro_observations",), "tenor": ("fct_yield_curve",)}
_OF_INSTRUMENTS = ("fct_daily_bars", "fct_daily_indicators")


@dataclass(frozen=True)
class Question:
    """Which number is asked about.

    Attributes:
        subject: the symbol of an instrument, the id of a series, or a tenor such as 10y.
        day: the session; of a series the start of the period.
        column: of the mart.
        known_at: of a series the instant whose vintage is meant.
    """

    subject: str
    day: date
    column: str
    known_at: datetime


def explain(connection: Connection, question: Question) -> Document:
    """Return where a number comes from.

    Args:
        connection: of the reader.
        question: what is asked.

    Returns:
        mart, column, value, meaning, formula, row, models and, as the mart has them, adjustment,
        providers, vintages, inputs and raw. `raw_entries` finds every raw row in it.

    Raises:
        UsageError: there is no such subject, column or row; it says what there is.
    """
    mart = _mart_of(connection, question)
    found = _ask(connection, mart, question)
    if found is None:
        raise _no_row(connection, mart, question)
    row = found.pop("row")
    document: Document = {
        "mart": mart,
        "subject": question.subject,
        "day": question.day.isoformat(),
        "column": question.column,
        "value": row[question.column],
        "meaning": _comment(connection, mart, question.column),
        "formula": FORMULAS[mart].get(question.column, "taken as it came"),
        "row": row,
        "models": list(model_path(mart, row.get("retrieved_from") or found.get("provider", ""))),
    }
    found.pop("provider", None)
    return document | found


def raw_entries(document: Document) -> Iterator[Document]:
    """Yield every `{"table", "row", "response"}` of a document."""
    yield from document.get("raw", ())
    for provider in document.get("providers", ()):
        raw = provider["raw"]
        yield from raw if isinstance(raw, list) else [raw] if raw else []
    for action in document.get("adjustment", {}).get("actions", ()):
        if action["row"] is not None:
            yield action


def _mart_of(connection: Connection, question: Question) -> str:
    """Return the mart that is meant: the first that has the subject and the column."""
    marts = [mart for kind in _kinds(connection, question.subject) for mart in kind]
    if not marts:
        raise UsageError(
            f"{question.subject!r} is no symbol of dim_instruments, no series of "
            "dim_macro_series and no tenor of fct_yield_curve"
        )
    columns = {mart: _columns(connection, mart) for mart in marts}
    for mart, names in columns.items():
        if question.column in names:
            return mart
    known = "; ".join(f"{mart} has {', '.join(names)}" for mart, names in columns.items())
    raise UsageError(f"there is no column {question.column!r}: {known}")


def _kinds(connection: Connection, subject: str) -> list[tuple[str, ...]]:
    row = connection.execute(
        """
        select
            exists (
                select from marts.dim_instruments
                where symbol = %(subject)s and asset_class not in ('macro', 'treasury')
            ),
            exists (select from marts.dim_macro_series where series_id = %(subject)s),
            exists (select from marts.fct_yield_curve where tenor = %(subject)s)
        """,
        {"subject": subject},
    ).fetchone()
    known = row or (False, False, False)
    kinds = (_OF_INSTRUMENTS, _KINDS["series"], _KINDS["tenor"])
    return [kind for kind, is_known in zip(kinds, known, strict=True) if is_known]


def _ask(connection: Connection, mart: str, question: Question) -> Document | None:
    if mart == "fct_macro_observations":
        return _call(
            connection,
            "select ops.explain_macro_observation(%s, %s, %s)",
            [question.subject, question.day, question.known_at],
        )
    if mart == "fct_yield_curve":
        found = _call(
            connection, "select ops.explain_yield(%s, %s)", [question.subject, question.day]
        )
        return found and found | {"provider": found["row"]["provider"]}
    found = _call(
        connection, "select ops.explain_daily_bar(%s, %s)", [question.subject, question.day]
    )
    if found is None:
        return None
    found["provider"] = found["row"]["provider"]
    return _with_indicators(connection, found, question) if mart != "fct_daily_bars" else found


def _call(connection: Connection, statement: str, values: list[Any]) -> Document | None:
    row = connection.execute(statement.encode(), values).fetchone()
    return None if row is None else row[0]


def _with_indicators(connection: Connection, bar: Document, question: Question) -> Document | None:
    """Return the explanation of a bar with the indicators' row and the bars of the window."""
    instrument_id = bar["row"]["instrument_id"]
    row = _call(
        connection,
        "select to_json(indicators) from marts.fct_daily_indicators as indicators"
        " where instrument_id = %s and session_date = %s",
        [instrument_id, question.day],
    )
    if row is None:
        return None
    window = WINDOWS.get(question.column)
    inputs = None
    if window is not None and row[question.column] is not None:
        first = row["bar_number"] - window.length(row["bar_number"]) + 1
        inputs = connection.execute(
            SQL(
                """
                select json_agg(to_json(inputs) order by bar_number)
                from (
                    select
                        indicators.session_date, indicators.bar_number, {}, bars.provider,
                        bars.response_id
                    from marts.fct_daily_indicators as indicators
                    inner join marts.fct_daily_bars as bars
                        using (instrument_id, session_date, split_adjusted_close_price)
                    where
                        indicators.instrument_id = %s
                        and indicators.bar_number between %s and %s
                ) as inputs
                """
            ).format(SQL(", ").join(map(Identifier, window.columns))),
            [instrument_id, first, row["bar_number"]],
        ).fetchone()
    return bar | {"row": row, "bar": bar["row"], "inputs": inputs[0] if inputs else []}


def _columns(connection: Connection, mart: str) -> list[str]:
    rows = connection.execute(
        "select attname::text from pg_catalog.pg_attribute"
        " where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum",
        [f"marts.{mart}"],
    ).fetchall()
    return [str(name) for (name,) in rows]


def _comment(connection: Connection, mart: str, column: str) -> str:
    row = connection.execute(
        "select pg_catalog.col_description(attrelid, attnum) from pg_catalog.pg_attribute"
        " where attrelid = %s::regclass and attname = %s",
        [f"marts.{mart}", column],
    ).fetchone()
    return str(row[0] or "") if row is not None else ""


_SPANS: dict[str, str] = {
    "fct_daily_bars": "select min(session_date), max(session_date) from marts.fct_daily_bars"
    " where instrument_id = (select instrument_id from marts.dim_instruments where symbol = %s)",
    "fct_macro_observations": "select min(observation_date), max(observation_date)"
    " from marts.fct_macro_observations where series_id = %s",
    "fct_yield_curve": "select min(observation_date), max(observation_date)"
    " from marts.fct_yield_curve where tenor = %s",
}


def _no_row(connection: Connection, mart: str, question: Question) -> UsageError:
    span = _SPANS.get(mart, _SPANS["fct_daily_bars"])
    row = connection.execute(span.encode(), [question.subject]).fetchone()
    first, last = row or (None, None)
    there = f"its rows go from {first} to {last}" if first is not None else "it has no rows"
    if mart == "fct_macro_observations":
        there += "; a period is named by its first day, and --known-at may lie before its release"
    return UsageError(f"{mart} has no row of {question.subject} on {question.day}: {there}")
