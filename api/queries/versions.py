"""Which build of a mart is there now: the version that ETags and kept answers carry.

A rebuilt table is another relation. An incremental one stays, but dbt writes its comment anew in
the transaction of every build, which leaves the number of that transaction on the comment's row.
Both change in the very commit with which the new rows appear. A view has no version: what it shows
moves by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.sql import SQL

from api.problems import NotBuilt
from api.queries.pool import Pool

_VERSIONS = SQL("""
    select
        namespaces.nspname || '.' || relations.relname,
        relations.relkind in ('r', 'p'),
        concat_ws('-', relations.oid, relations.relfilenode, comments.xmin),
        pg_catalog.pg_stat_get_last_analyze_time(relations.oid)
    from pg_catalog.pg_class as relations
    inner join pg_catalog.pg_namespace as namespaces
        on relations.relnamespace = namespaces.oid
    left join pg_catalog.pg_description as comments
        on
            relations.oid = comments.objoid
            and comments.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
            and comments.objsubid = 0
    where
        relations.relname = any(%s)
        and namespaces.nspname in ('intermediate', 'marts', 'ops')
        and relations.relkind in ('r', 'p', 'v')
""")


@dataclass(frozen=True)
class Version:
    """One build of some relations.

    Attributes:
        text: equal for the same build alone; empty where a view is among them.
        built_at: when the newest of them was built, to the second; None where nobody knows.
    """

    text: str
    built_at: datetime | None = None


def current(pool: Pool, relations: Sequence[str]) -> Mapping[str, Version]:
    """Return the version of each relation.

    It is asked for before the rows and after them: rows belong to it if it has stayed the same.

    Raises:
        NotBuilt: one is not there.
        Unavailable: the database is not there.
    """
    names = [relation.partition(".")[2] for relation in relations]
    found = {
        relation: Version(version if is_table else "", built_at)
        for relation, is_table, version, built_at in pool.read(_VERSIONS, [names], "the catalog")
    }
    for relation in relations:
        if relation not in found:
            raise NotBuilt(relation)
    return {relation: found[relation] for relation in relations}


def together(versions: Mapping[str, Version]) -> Version:
    """Return the version of relations that make one answer."""
    texts = [version.text for version in versions.values()]
    instants = [version.built_at for version in versions.values()]
    known = [instant for instant in instants if instant is not None]
    return Version(
        "/".join(texts) if all(texts) else "", max(known) if len(known) == len(instants) else None
    )
