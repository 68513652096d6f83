"""The wire format of FRED: values as strings, '.' for a missing one, oldest first, real 400s."""

import json
from bisect import bisect_left, bisect_right
from datetime import date, timedelta
from itertools import pairwise

from ingestion.sandbox.calendar import CHICAGO
from ingestion.sandbox.macro import Series, economy
from ingestion.sandbox.wire import REFUSED_KEY, Answer, Request, Route
from ingestion.sandbox.wire import day as day_in
from ingestion.sandbox.wire import whole_number as number

_FIRST_DAY = date(1776, 7, 4)
_LAST_DAY = date(9999, 12, 31)
_MOST_VINTAGES = 2000
_KEY_HELP = "https://fred.stlouisfed.org/docs/api/api_key.html"


class _RefusalError(Exception):
    """A request that is answered with an error."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def answer(request: Request) -> Answer:
    """Answer one request below the base URL of FRED."""
    try:
        return _routed(request)
    except _RefusalError as refusal:
        return _json({"error_code": refusal.status, "error_message": str(refusal)}, refusal.status)


def _routed(request: Request) -> Answer:
    if request.path == "graph/fredgraph.csv":
        return _graph(request)
    found = _ROUTES.get(request.path)
    if found is None:
        raise _RefusalError(f"Not Found.  There is no endpoint fred/{request.path}.", 404)
    if request.query.get("api_key") == REFUSED_KEY:
        raise _RefusalError(
            "Bad Request.  The value for variable api_key is not registered.  "
            f"Read {_KEY_HELP} for more information."
        )
    if request.query.get("file_type") != "json":
        raise _RefusalError("Bad Request.  The sandbox answers in JSON only: send file_type=json.")
    return found(request)


def _json(value: object, status: int = 200) -> Answer:
    """Return compact JSON with escaped slashes, as PHP writes it."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False).replace("/", "\\/")
    return Answer(text.encode(), status)


def _series(request: Request) -> Series:
    series_id = request.query.get("series_id", "")
    if not series_id:
        raise _RefusalError("Bad Request.  Variable series_id is not set.")
    found = economy(request.view.market).series(series_id.upper())
    if found is None or found.last_vintage(request.view.now) is None:
        raise _RefusalError("Bad Request.  The series does not exist.")
    return found


def _date(request: Request, name: str, default: date) -> date:
    given = day_in(request.query.get(name), default)
    if given is None:
        raise _RefusalError(
            f"Bad Request.  The value for variable {name} is not a date in the format YYYY-MM-DD."
        )
    return given


def _number(request: Request, name: str, default: int, least: int, most: int) -> int:
    given = number(request.query.get(name), default)
    if given is None or not least <= given <= most:
        raise _RefusalError(
            f"Bad Request.  The value for variable {name} is not between {least} and {most}."
        )
    return given


def _today(request: Request) -> date:
    return request.view.now.astimezone(CHICAGO).date()


def _known_vintages(request: Request, series: Series) -> list[date]:
    last = series.last_vintage(request.view.now)
    return [] if last is None else series.vintage_dates[: bisect_right(series.vintage_dates, last)]


# ---------------------------------------------------------------- observations


def _observations(request: Request) -> Answer:
    series = _series(request)
    vintages = _known_vintages(request, series)
    # Without a window FRED answers as of the last update, not as of today.
    real_start = _date(request, "realtime_start", vintages[-1])
    real_end = _date(request, "realtime_end", max(vintages[-1], real_start))
    if real_start > real_end:
        raise _RefusalError(
            "Bad Request.  Variable realtime_end must be on or after variable realtime_start."
        )
    if real_start > max(_today(request), vintages[-1]):
        raise _RefusalError("Bad Request.  Variable realtime_start can not be after today.")
    inside = bisect_right(vintages, real_end) - bisect_left(vintages, real_start)
    if inside > _MOST_VINTAGES:
        raise _RefusalError(
            f"Bad Request.  There are {inside} vintage dates in the specified real-time period: "
            f"{real_start} to {real_end}. This exceeds the maximum number of vintage dates "
            f"allowed for this file type ({_MOST_VINTAGES})."
        )
    output_type = _number(request, "output_type", 1, 1, 4)
    if output_type in {2, 3} or request.query.get("units", "lin") != "lin":
        raise _RefusalError("Bad Request.  The sandbox serves output_type 1 and 4, in units lin.")
    limit = _number(request, "limit", 100_000, 1, 100_000)
    offset = _number(request, "offset", 0, 0, 10**9)
    start = _date(request, "observation_start", date(1600, 1, 1))
    end = _date(request, "observation_end", _LAST_DAY)
    is_descending = request.query.get("sort_order", "asc") == "desc"
    rows = _rows(series, vintages[-1], real_start, real_end, output_type == 4)
    rows = [row for row in rows if start.isoformat() <= row["date"] <= end.isoformat()]
    if is_descending:
        rows.reverse()
    return _json(
        {
            "realtime_start": real_start.isoformat(),
            "realtime_end": real_end.isoformat(),
            "observation_start": start.isoformat(),
            "observation_end": end.isoformat(),
            "units": "lin",
            "output_type": output_type,
            "file_type": "json",
            "order_by": "observation_date",
            "sort_order": "desc" if is_descending else "asc",
            "count": len(rows),
            "offset": offset,
            "limit": limit,
            "observations": rows[offset : offset + limit],
        }
    )


def _rows(
    series: Series, last: date, real_start: date, real_end: date, only_first: bool
) -> list[dict[str, str]]:
    """Return a row for each value and interval in which it held, cut to the window."""
    rows: list[dict[str, str]] = []
    for one in series.observations:
        prints = [printed for printed in one.prints if printed[0] <= last]
        if not prints:
            break  # later periods are published later still
        if only_first:
            if not real_start <= prints[0][0] <= real_end:
                continue
            prints = prints[:1] + prints[1:2]
        ends = [later[0] - timedelta(days=1) for _, later in pairwise(prints)] + [_LAST_DAY]
        for (on, value), until in zip(prints, ends, strict=True):
            if on <= real_end and until >= real_start:
                rows.append(
                    {
                        "realtime_start": max(on, real_start).isoformat(),
                        "realtime_end": min(until, real_end).isoformat(),
                        "date": one.period.isoformat(),
                        "value": value,
                    }
                )
            if only_first:
                break
    return rows


def _vintage_dates(request: Request) -> Answer:
    series = _series(request)
    real_start = _date(request, "realtime_start", _FIRST_DAY)
    real_end = _date(request, "realtime_end", _LAST_DAY)
    limit = _number(request, "limit", 10_000, 1, 10_000)
    offset = _number(request, "offset", 0, 0, 10**9)
    is_descending = request.query.get("sort_order", "asc") == "desc"
    dates = [
        on.isoformat() for on in _known_vintages(request, series) if real_start <= on <= real_end
    ]
    if is_descending:
        dates.reverse()
    return _json(
        {
            "realtime_start": real_start.isoformat(),
            "realtime_end": real_end.isoformat(),
            "order_by": "vintage_date",
            "sort_order": "desc" if is_descending else "asc",
            "count": len(dates),
            "offset": offset,
            "limit": limit,
            "vintage_dates": dates[offset : offset + limit],
        }
    )


# ---------------------------------------------------------------- series and releases


def _series_facts(request: Request) -> Answer:
    series = _series(request)
    facts = series.facts
    on = _known_vintages(request, series)[-1]
    known = [one.period for one in series.observations if one.prints[0][0] <= on]
    updated = series.published_instant(on).astimezone(CHICAGO)
    offset = updated.strftime("%z")[:3]
    day = on.isoformat()
    return _json(
        {
            "realtime_start": day,
            "realtime_end": day,
            "seriess": [
                {
                    "id": facts.id,
                    "realtime_start": day,
                    "realtime_end": day,
                    "title": facts.title,
                    "observation_start": known[0].isoformat(),
                    "observation_end": known[-1].isoformat(),
                    "frequency": facts.frequency,
                    "frequency_short": facts.frequency_short,
                    "units": facts.units,
                    "units_short": facts.units_short,
                    "seasonal_adjustment": facts.seasonal_adjustment,
                    "seasonal_adjustment_short": facts.seasonal_adjustment_short,
                    "last_updated": f"{updated:%Y-%m-%d %H:%M:%S}{offset}",
                    "popularity": facts.popularity,
                    "notes": "Synthetic values from the MarketFlow sandbox.\r\n\r\n"
                    "The title and the calendar of releases follow the real series.",
                }
            ],
        }
    )


def _release_row(request: Request, release_id: int) -> dict[str, object]:
    today = _today(request).isoformat()
    facts = next(
        one for one in economy(request.view.market).facts.values() if one.release_id == release_id
    )
    return {
        "id": facts.release_id,
        "realtime_start": today,
        "realtime_end": today,
        "name": facts.release_name,
        "press_release": True,
        "link": facts.release_link,
    }


def _series_release(request: Request) -> Answer:
    return _releases_answer(request, [_series(request).facts.release_id])


def _release_ids(request: Request) -> list[int]:
    return sorted({one.release_id for one in economy(request.view.market).facts.values()})


def _chosen_release(request: Request) -> int:
    known = _release_ids(request)
    release_id = number(request.query.get("release_id"), 0)
    if release_id not in known:
        raise _RefusalError("Bad Request.  The release does not exist.")
    return release_id


def _release(request: Request) -> Answer:
    return _releases_answer(request, [_chosen_release(request)])


def _releases_answer(request: Request, ids: list[int]) -> Answer:
    today = _today(request).isoformat()
    rows = [_release_row(request, release_id) for release_id in ids]
    return _json({"realtime_start": today, "realtime_end": today, "releases": rows})


def _release_dates(request: Request) -> Answer:
    release_id = _chosen_release(request)
    known = economy(request.view.market)
    has_announced = request.query.get("include_release_dates_with_no_data") == "true"
    dates: set[date] = set()
    for series_id, facts in known.facts.items():
        series = known.series(series_id)
        if facts.release_id == release_id and series is not None:
            dates |= set(
                series.vintage_dates if has_announced else _known_vintages(request, series)
            )
    real_start = _date(request, "realtime_start", _FIRST_DAY)
    real_end = _date(request, "realtime_end", _LAST_DAY)
    limit = _number(request, "limit", 10_000, 1, 10_000)
    offset = _number(request, "offset", 0, 0, 10**9)
    is_descending = request.query.get("sort_order", "asc") == "desc"
    rows = [
        {"release_id": release_id, "date": on.isoformat()}
        for on in sorted(dates, reverse=is_descending)
        if real_start <= on <= real_end
    ]
    return _json(
        {
            "realtime_start": real_start.isoformat(),
            "realtime_end": real_end.isoformat(),
            "order_by": "release_date",
            "sort_order": "desc" if is_descending else "asc",
            "count": len(rows),
            "offset": offset,
            "limit": limit,
            "release_dates": rows[offset : offset + limit],
        }
    )


# ---------------------------------------------------------------- the website


def _graph(request: Request) -> Answer:
    """Return the latest values as the website's CSV, which needs no key."""
    series = economy(request.view.market).series(request.query.get("id", "").upper())
    last = None if series is None else series.last_vintage(request.view.now)
    if series is None or last is None:
        page = "<!DOCTYPE html>\n<html><body><p>The series does not exist.</p></body></html>\n"
        return Answer(page.encode(), 404, "text/html; charset=UTF-8")
    start = _date(request, "cosd", _FIRST_DAY).isoformat()
    end = _date(request, "coed", _LAST_DAY).isoformat()
    lines = [f"observation_date,{series.facts.id}"]
    lines += [
        f"{row['date']},{'' if row['value'] == '.' else row['value']}"
        for row in _rows(series, last, last, last, False)
        if start <= row["date"] <= end
    ]
    return Answer(("\n".join(lines) + "\n").encode(), content_type="application/csv")


_ROUTES: dict[str, Route] = {
    "series": _series_facts,
    "series/observations": _observations,
    "series/vintagedates": _vintage_dates,
    "series/release": _series_release,
    "release": _release,
    "release/dates": _release_dates,
}
