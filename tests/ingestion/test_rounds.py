"""Which symbols a run, or a round within the day, asks about."""

from datetime import UTC, datetime

from ingestion import rounds
from ingestion.planning import Want, Window
from ingestion.plans import Terms
from ingestion.universe import Instrument

NOON = datetime(2025, 3, 12, 16, tzinfo=UTC)  # a Wednesday, noon in New York
SUNDAY = datetime(2025, 3, 16, 16, tzinfo=UTC)
BEGIN = datetime(2025, 1, 1, tzinfo=UTC)


def instrument(symbol: str, calendar: str) -> Instrument:
    return Instrument(
        symbol=symbol,
        name=symbol,
        asset_class="equity",
        calendar=calendar,
        currency="USD",
        twelve_data_symbol=symbol,
        fmp_symbol=None,
        coingecko_id=None,
        fred_series_id=None,
    )


def want(symbol: str, calendar: str = "24/7", now: datetime = NOON) -> Want:
    return Want(symbol, Window(BEGIN, now), instrument(symbol, calendar))


def landed(**until: datetime) -> dict[str, Window]:
    return {symbol: Window(BEGIN, end) for symbol, end in until.items()}


def names(wants: list[Want]) -> list[str]:
    return [one.symbol for one in wants]


def hour(number: int) -> datetime:
    return NOON.replace(hour=number)


def test_a_round_takes_those_that_waited_longest_and_begins_no_history() -> None:
    known = landed(A=hour(9), B=hour(7), C=hour(8))
    wants = [want(symbol) for symbol in ("A", "B", "C", "NEW")]

    found = rounds.of_round(wants, Terms(symbols_per_round=2), "snapshot", known, NOON)

    assert names(found) == ["B", "C"]


def test_a_round_without_a_limit_takes_all_that_is_known() -> None:
    found = rounds.of_round([want("A"), want("NEW")], Terms(), "snapshot", landed(A=BEGIN), NOON)

    assert names(found) == ["A"]


def test_a_round_leaves_alone_whose_market_has_not_been_open_since() -> None:
    # Friday's session closed at 20:00 UTC; its last five minutes began at 19:55.
    after, last_bar = (
        datetime(2025, 3, 14, 20, 5, tzinfo=UTC),
        datetime(2025, 3, 14, 19, 55, tzinfo=UTC),
    )
    before = datetime(2025, 3, 14, 19, 50, tzinfo=UTC)
    stock, coin = want("STOCK", "XNYS", SUNDAY), want("COIN", "24/7", SUNDAY)
    bars = Terms(interval="5min")

    quotes = rounds.of_round(
        [stock, coin], Terms(), "snapshot", landed(STOCK=after, COIN=after), SUNDAY
    )
    complete = rounds.of_round([stock], bars, "history", landed(STOCK=last_bar), SUNDAY)
    lacking = rounds.of_round([stock], bars, "history", landed(STOCK=before), SUNDAY)

    assert names(quotes) == ["COIN"]
    assert names(complete) == []
    assert names(lacking) == ["STOCK"]


def test_a_full_run_asks_again_in_turns_but_about_every_new_symbol_at_once() -> None:
    known = landed(A=hour(3), B=hour(1), C=hour(2))
    wants = [want(symbol) for symbol in ("A", "B", "C", "NEW", "NEWER")]

    found = rounds.of_run(wants, Terms(refreshes_per_run=1), known)

    assert names(found) == ["B", "NEW", "NEWER"]
