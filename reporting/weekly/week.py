"""A week of the markets: Monday to Friday, and the Saturday on which it is told."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from warehouse.errors import UsageError

_NEW_YORK = ZoneInfo("America/New_York")
# The UTC day of Friday, which coins count, is over, and so is all that follows a close.
_TOLD_AT = time(8)


@dataclass(frozen=True)
class Week:
    """An ISO week.

    Attributes:
        monday: its first day.
    """

    monday: date

    @staticmethod
    def parse(text: str) -> "Week":
        """Return the week of a text such as 2016-W24.

        Raises:
            UsageError: it is none.
        """
        found = re.fullmatch(r"(\d{4})-W(\d{2})", text)
        try:
            if found is not None:
                return Week(date.fromisocalendar(int(found[1]), int(found[2]), 1))
        except ValueError:
            pass
        raise UsageError(f"{text!r} is no week: write it like 2016-W24")

    @staticmethod
    def last_told(now: datetime) -> "Week":
        """Return the newest week whose Saturday's hour has come."""
        today = now.astimezone(_NEW_YORK).date()
        week = Week(today - timedelta(days=today.weekday()))
        return week if week.known_at <= now else Week(week.monday - timedelta(days=7))

    @property
    def friday(self) -> date:
        """Its last day."""
        return self.monday + timedelta(days=4)

    @property
    def known_at(self) -> datetime:
        """The instant of the report: nothing that was known later is in it."""
        saturday = self.monday + timedelta(days=5)
        return datetime.combine(saturday, _TOLD_AT, _NEW_YORK).astimezone(UTC)

    @property
    def name(self) -> str:
        """Such as 2016-W24."""
        year, number, _ = self.monday.isocalendar()
        return f"{year}-W{number:02}"
