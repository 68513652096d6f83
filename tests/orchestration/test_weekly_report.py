"""The report of the week on its way to people."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration import weekly_report
from warehouse.settings import Settings


def test_the_report_goes_to_every_place_of_the_alerts(
    settings_for: Callable[..., Settings],
    tmp_path: Path,
    told: tuple[str, list[dict[str, str]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url, messages = told
    page = tmp_path / "2016-W24.html"
    page.write_text("<h1>Markets</h1>", encoding="utf-8")
    monkeypatch.setattr(weekly_report.making, "make", lambda *_: [page])
    rules = tmp_path / "alerts.yml"
    rules.write_text(f"urls: ['{url}']\n", encoding="utf-8")
    settings = settings_for(tmp_path, frozen_now="2016-06-18T13:00:00Z", alerts_file=rules)

    weekly_report.write_and_send(settings)

    (message,) = messages
    assert message["title"] == "MarketFlow: markets in week 2016-W24"
    assert "2016-06-13 to 2016-06-17" in message["message"]
    (attached,) = message["attachments"]
    assert attached["filename"] == page.name  # type: ignore[index]
    assert base64.b64decode(attached["base64"]).decode() == page.read_text()  # type: ignore[index]


def test_without_places_it_is_written_alone(
    settings_for: Callable[..., Settings],
    tmp_path: Path,
    told: tuple[str, list[dict[str, str]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: list[str] = []
    monkeypatch.setattr(
        weekly_report.making, "make", lambda _, week: written.append(week.name) or []
    )

    weekly_report.write_and_send(settings_for(tmp_path, frozen_now="2016-06-18T13:00:00Z"))

    assert written == ["2016-W24"]
    assert told[1] == []
