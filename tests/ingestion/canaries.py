"""Keys that nobody may ever see again, and providers that send them back."""

import gzip
from collections.abc import Iterator
from pathlib import Path

from tests.ingestion.markets import KEYS, answer_well
from tests.ingestion.scripted import Reply, Seen

FAULTS = {
    "none": None,
    "echo": "echo",
    "echo in an error": "echo_error",
    "401": Reply("", status=401),
    "403": Reply("", status=403),
    "404": Reply("", status=404),
    "429": Reply("", status=429),
    "500": Reply("", status=500),
    "reset": Reply(is_reset=True),
    "cut": Reply([{"date": "2024-01-02"}] * 50, is_cut=True),
    "html": Reply("<html>"),
    "redirect": Reply("", status=302, headers={"Location": "http://127.0.0.1:9/x"}),
    "gzip": Reply(b"garbage", headers={"Content-Encoding": "gzip"}),
}


def answer_with(fault: object, seen: Seen) -> Reply:
    key = next(
        (
            value
            for value in (*seen.headers.values(), *seen.params.values())
            for known in KEYS.values()
            if known in value
        ),
        "",
    ).removeprefix("apikey ")
    if isinstance(fault, Reply):
        return fault
    if fault == "echo":
        reply = answer_well(seen)
        if isinstance(reply.body, list) and reply.body and isinstance(reply.body[0], dict):
            reply.body[0]["echo"] = f"https://x/?apikey={key}"
        elif isinstance(reply.body, dict):
            reply.body["echo"] = key
        return Reply(reply.body, headers={"X-Echo": key})
    if fault == "echo_error":
        return Reply(
            {"error_message": f"bad {key}", "Error Message": key, "error": key}, status=400
        )
    return answer_well(seen)


def files_of(home: Path) -> Iterator[tuple[Path, bytes]]:
    for file in home.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            yield file, gzip.decompress(data) if file.suffix == ".gz" else data
