"""Which requests FRED is asked. Pure.

All vintages of a series are wanted, and one answer holds at most 2,000 vintage dates. So the
dates are listed first, and a series with more is asked for in several realtime windows, cut at
the same places whenever it is asked again.

The dates of a release are asked for by its id, which is asked of each series first: that answer
is a raw table too, and lands as such.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from ingestion.answers import Outcome
from ingestion.planning import DAY, Endpoint, Request, Want, Window, midnight
from ingestion.plans import Terms
from ingestion.universe import Instrument

_SOURCE = "fred"
_FIRST = date(1776, 7, 4)
_LAST = date(9999, 12, 31)
_VINTAGE_PAGE = 10_000
_RELEASE_DATES_PAGE = 10_000


def _series_id(instrument: Instrument) -> str | None:
    return instrument.fred_series_id


def series_requests(wants: Sequence[Want], terms: Terms) -> list[Request]:  # noqa: ARG001
    """Return the requests for what the series are."""
    return [
        Request(
            _SOURCE,
            "series",
            "series",
            {"series_id": want.symbol, "file_type": "json"},
            (want.symbol,),
            want.window,
        )
        for want in wants
    ]


def vintage_date_requests(wants: Sequence[Want], terms: Terms) -> list[Request]:  # noqa: ARG001
    """Return the requests for the vintage dates of series."""
    return [_vintage_dates(want.symbol, want.window) for want in wants]


def observation_requests(request: Request, outcome: Outcome, terms: Terms) -> list[Request]:
    """Return what an answer makes necessary: observations of each window, then further pages."""
    (symbol,) = request.symbols
    facts = outcome.facts
    if request.lands_as is None:
        offset = facts["offset"] + outcome.slices[symbol].rows
        is_last = offset >= facts["count"] or outcome.slices[symbol].rows == 0
        return [] if is_last else [_observations(symbol, request.window, terms, offset)]
    dates = (*request.carried, *facts["dates"])
    if facts["dates"] and len(dates) < facts["count"]:
        return [_vintage_dates(symbol, request.window, dates)]
    vintages = sorted({date.fromisoformat(text) for text in dates})
    return [
        _observations(symbol, window, terms)
        for window in realtime_windows(vintages, terms.vintages_per_request)
        if vintages and window.end > request.window.start
    ]


def series_release_requests(wants: Sequence[Want], terms: Terms) -> list[Request]:  # noqa: ARG001
    """Return the requests for the releases that publish the series."""
    return [_series_release(want, "series_releases") for want in wants]


def release_requests(wants: Sequence[Want], terms: Terms) -> list[Request]:  # noqa: ARG001
    """Return the requests for the releases whose dates are wanted."""
    requests = [
        _series_release(want, "release_dates", lands_as="series_releases") for want in wants
    ]
    # Series may share a release: that there is one at all is all that is certain.
    return [replace(one, least_follow_ups=1) for one in requests[:1]] + requests[1:]


def release_date_requests(
    request: Request,
    outcome: Outcome,
    terms: Terms,  # noqa: ARG001
) -> list[Request]:
    """Return what an answer makes necessary: the dates of each release, then further pages."""
    (symbol,) = request.symbols
    if request.lands_as is not None:
        return [_release_dates(request, release_id) for release_id in outcome.facts["releases"]]
    offset = outcome.facts["offset"] + outcome.slices[symbol].rows
    is_last = offset >= outcome.facts["count"] or outcome.slices[symbol].rows == 0
    return [] if is_last else [_release_dates(request, request.params["release_id"], offset)]


def keyless_requests(wants: Sequence[Want], terms: Terms) -> list[Request]:  # noqa: ARG001
    """Return the requests for the CSV of the website."""
    return [
        Request(
            _SOURCE,
            "keyless_observations",
            "graph/fredgraph.csv",
            {
                "id": want.symbol,
                "cosd": want.window.first_date.isoformat(),
                "coed": want.window.last_date.isoformat(),
            },
            (want.symbol,),
            want.window,
        )
        for want in wants
    ]


def realtime_windows(vintages: Sequence[date], most: int) -> list[Window]:
    """Cut all time into windows of at most `most` vintage dates.

    A window but the first begins on a day without a vintage: whatever an answer says became
    known on that day was known before, and its true day stands in the window before.

    Args:
        vintages: distinct, ascending.
        most: at least 2.
    """
    starts = [_FIRST]
    begun = 0
    while len(vintages) - begun > most:
        cut = begun + most
        while cut > begun + 1 and vintages[cut] - vintages[cut - 1] <= DAY:
            cut -= 1
        # Without any free day the window begins on a vintage; the next one shows its rows too.
        is_free = vintages[cut] - vintages[cut - 1] > DAY
        starts.append(vintages[cut] - DAY if is_free else vintages[cut])
        begun = cut
    ends = [*starts[1:], _LAST]
    return [Window(midnight(start), midnight(end)) for start, end in zip(starts, ends, strict=True)]


def _vintage_dates(symbol: str, window: Window, carried: tuple[str, ...] = ()) -> Request:
    params = {
        "series_id": symbol,
        "file_type": "json",
        "realtime_start": _FIRST.isoformat(),
        "realtime_end": _LAST.isoformat(),
        "limit": str(_VINTAGE_PAGE),
        "offset": str(len(carried)),
        "sort_order": "asc",
    }
    return Request(
        _SOURCE,
        "observations",
        "series/vintagedates",
        params,
        (symbol,),
        window,
        lands_as="vintage_dates",
        least_follow_ups=1,
        carried=carried,
    )


def _observations(symbol: str, window: Window, terms: Terms, offset: int = 0) -> Request:
    is_last = window.end >= midnight(_LAST)
    params = {
        "series_id": symbol,
        "file_type": "json",
        "realtime_start": window.first_date.isoformat(),
        "realtime_end": (_LAST if is_last else window.last_date).isoformat(),
        "limit": str(terms.page_size),
        "offset": str(offset),
        "sort_order": "asc",
    }
    return Request(_SOURCE, "observations", "series/observations", params, (symbol,), window)


def _series_release(want: Want, resource: str, *, lands_as: str | None = None) -> Request:
    return Request(
        _SOURCE,
        resource,
        "series/release",
        {"series_id": want.symbol, "file_type": "json"},
        (want.symbol,),
        want.window,
        lands_as=lands_as,
    )


def _release_dates(before: Request, release_id: int | str, offset: int = 0) -> Request:
    params = {
        "release_id": str(release_id),
        "file_type": "json",
        "realtime_start": _FIRST.isoformat(),
        "realtime_end": _LAST.isoformat(),
        # Without it the days that are announced and have not come are left out.
        "include_release_dates_with_no_data": "true",
        "limit": str(_RELEASE_DATES_PAGE),
        "offset": str(offset),
        "sort_order": "asc",
    }
    return Request(_SOURCE, "release_dates", "release/dates", params, before.symbols, before.window)


ENDPOINTS = (
    Endpoint("series", _series_id, series_requests, kind="snapshot"),
    Endpoint(
        "observations", _series_id, vintage_date_requests, observation_requests, kind="vintages"
    ),
    Endpoint("series_releases", _series_id, series_release_requests, kind="snapshot"),
    Endpoint("release_dates", _series_id, release_requests, release_date_requests, kind="snapshot"),
    Endpoint("keyless_observations", _series_id, keyless_requests, is_keyless=True),
)
