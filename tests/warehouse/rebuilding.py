"""A table that is exchanged for one built anew, as dbt does, while somebody asks for its rows."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from tests.warehouse import servers
from warehouse import database
from warehouse.settings import Settings

Answer = TypeVar("Answer")

_WAITING = """
select
from pg_catalog.pg_locks
inner join pg_catalog.pg_database on pg_database.oid = pg_locks.database
where not granted and datname = current_database()
"""


def answer_while_rebuilt(settings: Settings, table: str, ask: Callable[[], Answer]) -> Answer:
    """Return the answer to a question that has to wait until a mart has been exchanged."""
    with (
        database.connect(settings, "transformer") as builder,
        database.connect(settings, "owner", autocommit=True) as onlooker,
        ThreadPoolExecutor(1) as asking,
    ):
        builder.execute(f"create table marts.rebuilt as table marts.{table}".encode())
        builder.execute("grant select on marts.rebuilt to marketflow_reader")
        builder.execute(f"alter table marts.{table} rename to before".encode())
        builder.execute(f"alter table marts.rebuilt rename to {table}".encode())
        try:
            answer = asking.submit(ask)
            servers.wait_until(
                lambda: answer.done() or bool(onlooker.execute(_WAITING).fetchall()), seconds=30
            )
            assert not answer.done()
            builder.commit()
            return answer.result()
        finally:
            builder.rollback()
            builder.execute(f"drop table marts.{table}".encode())
            builder.execute(f"alter table marts.before rename to {table}".encode())
            builder.commit()
