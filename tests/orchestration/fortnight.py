"""Days of the schedules on a clock set forward: what would take a fortnight takes minutes.

What Dagster's daemon does by the clock is done here hour by hour, by the same functions: the daily
schedule decides and its run goes on in this process, and what is wrong is looked for and told.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._utils.schedules import schedule_execution_time_iterator

from ingestion.sandbox.faults import Fault
from ingestion.sandbox.server import Sandbox
from orchestration import schedules
from orchestration.daemon import close_abandoned_runs
from orchestration.definitions import build_definitions
from orchestration.market_hours import NEW_YORK
from orchestration.schedules import RHYTHMS
from orchestration.telling import look_and_tell
from tests.warehouse import servers
from warehouse import run_log
from warehouse.errors import DatabaseError
from warehouse.settings import PROJECT_ROOT, PROVIDERS, Settings, load_settings

ASKED = ("twelve_data", "fmp", "fred")
SHOWN = [
    dg.AssetKey(["marts", "fct_daily_bars"]),
    dg.AssetKey(["marts", "fct_daily_bar_revisions"]),
    dg.AssetKey(["ops", "fct_data_gaps"]),
    dg.AssetKey(["ops", "fct_anomalies"]),
    dg.AssetKey(["ops", "fct_freshness"]),
]
(DAILY,) = (one for one in RHYTHMS if one.name == "daily_after_the_close")
_HOUR = timedelta(hours=1)

Told = tuple[str, str, str, str]
"""Month, day and hour at which people were told; told or over; of which kind; about what."""


@dataclass
class World:
    """An installation whose clock is set by hand, as MARKETFLOW_NOW.

    Attributes:
        settings: of it, with another present.
        clock: a file with the present, which the sandbox reads.
        instance: Dagster's, in which the runs are kept.
        work: what a run does; returns whether it went well.
        sandbox: whom the runs ask.
        changed: settings that are others at the moment.
        told: all that people were told.
        outcomes: whether each run went well.
        blind_looks: how often the database could not be asked what is wrong.
    """

    settings: Settings
    clock: Path
    instance: dg.DagsterInstance
    work: Callable[["World"], bool]
    sandbox: Sandbox
    changed: dict[str, Any] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    outcomes: list[bool] = field(default_factory=list)
    blind_looks: int = 0

    def load(self) -> Settings:
        """Return the settings as they are at the moment."""
        now = os.environ["MARKETFLOW_NOW"]
        return self.settings.model_copy(update={"frozen_now": now, **self.changed})

    def live(
        self,
        begin: datetime,
        end: datetime,
        happenings: Callable[[datetime], None],
        *,
        hours_between_looks: int = 1,
    ) -> None:
        """Let the hours of [begin, end) pass: what happens, the run if it is due, then a look."""
        ticks = due(begin, end)
        for number in range((end - begin) // _HOUR):
            at = begin + number * _HOUR
            self.clock.write_text(at.isoformat(), encoding="utf-8")
            # What dbt finds in its environment makes it parse nothing again, unlike a variable.
            os.environ["MARKETFLOW_NOW"] = at.isoformat()
            happenings(at)
            if at in ticks:
                self.tick(at)
            if at.hour % hours_between_looks == 0:
                self.look(at)

    def tick(self, at: datetime) -> None:
        """Let the daily schedule decide, and run if it says so."""
        decision = schedules.decide(DAILY, at, self.load(), self.instance)
        if isinstance(decision, dg.RunRequest):
            self.outcomes.append(self.work(self))

    def look(self, at: datetime) -> None:
        """Look for what is wrong and tell it, as the sensor does every minute."""
        try:
            news = look_and_tell(self.load())
        except DatabaseError:
            self.blind_looks += 1
            return
        when = f"{at:%m-%d %H}"
        self.told += [(when, "told", one.kind, one.asset) for one in news.opened]
        self.told += [(when, "over", one.kind, one.asset) for one in news.recovered]

    def misbehave(self, fault: Fault) -> None:
        """Let the sandbox serve the same market, at the same port, with a fault from now on."""
        port = self.sandbox.port
        self.sandbox.stop()
        self.sandbox = Sandbox(load_settings(None, frozen_now=f"@{self.clock}"), port, fault=fault)
        self.sandbox.start()

    def kill_a_run(self) -> None:
        """Begin a run in a process of its own, kill that while it loads, and start the daemon."""
        known = {run.run_id for run in run_log.recent(self.load(), 100)}
        command = [sys.executable, "-m", "tests.orchestration.fortnight"]
        with subprocess.Popen(command, cwd=PROJECT_ROOT, stdin=subprocess.DEVNULL) as process:
            servers.wait_until(
                lambda: any(
                    run.status == "running" and run.run_id not in known
                    for run in run_log.recent(self.load(), 10)
                ),
                seconds=300,
            )
            os.kill(process.pid, signal.SIGKILL)
        self.outcomes.append(False)
        assert len(close_abandoned_runs(self.instance)) == 1
        assert run_log.close_abandoned(self.load(), "dagster") >= 1

    @property
    def runs_that_needed_a_person(self) -> int:
        """How many runs failed after which the next one failed too, or none came."""
        pairs = zip(self.outcomes, [*self.outcomes[1:], False], strict=True)
        return sum(not went_well and not next_did for went_well, next_did in pairs)


def due(begin: datetime, end: datetime) -> set[datetime]:
    """Return the instants of [begin, end) at which the daily schedule ticks."""
    found = set()
    for at in schedule_execution_time_iterator(
        begin.timestamp(), load_settings(None).daily_cron, NEW_YORK, ascending=True
    ):
        if at >= end:
            return found
        found.add(at)
    raise AssertionError


def ingest_and_build(world: World) -> bool:
    """Run the job of everything, as far as the providers are asked and the marts are shown."""
    definitions = build_definitions(world.load)
    job = definitions.resolve_job_def("everything")
    done = job.execute_in_process(
        instance=world.instance,
        asset_selection=_selected(definitions, job.asset_layer.selected_asset_keys),
        raise_on_error=False,
    )
    return done.success


def _selected(
    definitions: dg.Definitions, of_job: Collection[dg.AssetKey]
) -> Collection[dg.AssetKey]:
    graph = definitions.resolve_asset_graph()
    waiting, built = list(SHOWN), set(SHOWN)
    while waiting:
        parents = graph.get(waiting.pop()).parent_keys - built
        built |= parents
        waiting += parents
    asked = {key for key in of_job if key.path[0] in {*ASKED, "marketflow"}}
    models = {key for key in built & set(of_job) if key.path[0] not in PROVIDERS}
    return sorted(asked | models)


if __name__ == "__main__":
    settings = load_settings(None)
    with dg.DagsterInstance.get() as instance:
        ingest_and_build(World(settings, Path(), instance, ingest_and_build, Sandbox(settings, 0)))
