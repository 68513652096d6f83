"""The document of an explanation as lines for people."""

from collections.abc import Iterator
from typing import Any

Document = dict[str, Any]

_LINEAGE = ("request_id", "response_id", "fetched_at", "row_hash", "is_synthetic", "_dlt_load_id")
_MOST_INPUTS = 12


def as_text(document: Document) -> str:
    """Return an explanation as text: from the number down to the landed responses."""
    return "\n".join(_lines(document))


def _lines(document: Document) -> Iterator[str]:
    asked = f"{document['subject']} {document['day']} {document['column']}"
    yield f"{asked} = {_shown(document['value'])}"
    yield f"  {document['meaning']}"
    yield f"  worked out: {document['formula']}"
    yield ""
    yield f"mart row of {document['mart']}"
    yield from _fields(document["row"])
    if document.get("inputs"):
        yield from _inputs(document["inputs"])
    if "vintages" in document:
        yield from _vintages(document["vintages"])
    if "adjustment" in document:
        yield from _adjustment(document["adjustment"])
    if "providers" in document:
        yield from _providers(document["providers"])
    if "raw" in document:
        yield "\nraw rows"
        for entry in document["raw"]:
            yield from _raw(entry, "  ")
    yield "\npath through the models"
    yield f"  {' <- '.join(document['models'])} <- the landed response"


def _inputs(inputs: list[Document]) -> Iterator[str]:
    yield f"\ninputs of the window ({len(inputs)} rows)"
    shown = inputs
    if len(inputs) > _MOST_INPUTS:
        shown = [*inputs[: _MOST_INPUTS // 2], {}, *inputs[-_MOST_INPUTS // 2 :]]
    for row in shown:
        told = [f"{name}={_shown(value)}" for name, value in row.items() if name != "response_id"]
        yield f"  {' '.join(told)}" if told else f"  ... {len(inputs) - _MOST_INPUTS} more ..."


def _vintages(vintages: list[Document]) -> Iterator[str]:
    yield "\nvintages of the observation"
    for one in vintages:
        known = f"{one['known_from']} to {one['known_to'] or 'now'}"
        yield f"  {one['vintage_number'] or '-'}: {_shown(one['value'])} {known}"


def _adjustment(adjustment: Document) -> Iterator[str]:
    yield "\nadjustment factors"
    for name in ("later_split_ratio", "split_factor", "later_dividend_factor"):
        yield f"  {name}: {_shown(adjustment[name])}"
    actions = adjustment["actions"]
    yield f"events applied: {len(actions) or 'none'}"
    for action in actions:
        what = (
            f"split {_shown(action['split_ratio'])}:1"
            if action["action_type"] == "split"
            else f"dividend {_shown(action['dividend'])} (on total return alone)"
        )
        yield f"  {action['ex_date']} {what}, acts from {action['acts_from']}"
        yield from _raw(action, "    ")


def _providers(providers: list[Document]) -> Iterator[str]:
    yield "\nproviders compared"
    for one in providers:
        mark = "*" if one["is_chosen"] else " "
        named = ("close_price", "yield_pct")
        said = ", ".join(f"{name} {_shown(one[name])}" for name in named if name in one)
        yield f"{mark} {one['provider']}: {said}: {one['reason']}"
        raw = one["raw"]
        for entry in raw if isinstance(raw, list) else [raw] if raw else []:
            yield from _raw(entry, "    ")


def _raw(entry: Document, indent: str) -> Iterator[str]:
    if entry["row"] is None:
        yield f"{indent}no raw row was found"
        return
    values = {name: value for name, value in entry["row"].items() if name not in _LINEAGE}
    told = " ".join(f"{name}={_shown(value)}" for name, value in values.items())
    yield f"{indent}{entry['table']}: {told}"
    response = entry["response"]
    if response is None:
        yield f"{indent}  its response is not in load's ledger"
        return
    asked = response["url"] or "a file that a person brought"
    yield f"{indent}  response: {asked}"
    yield f"{indent}  fetched {response['fetched_at']}, sha256 {response['sha256']}"
    yield f"{indent}  landed as {response['landing_path']}"
    if "parsed_again" in entry:
        yield f"{indent}  parsed again: {entry['parsed_again']}"


def _fields(row: Document) -> Iterator[str]:
    for name, value in row.items():
        yield f"  {name}: {_shown(value)}"


def _shown(value: Any) -> str:
    return "null" if value is None else str(value)
