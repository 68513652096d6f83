"""A database's catalogue as rows, to compare before and after."""

import re

import psycopg

from warehouse.setup import SCHEMAS

_OURS = re.compile(rf"marketflow_|^({'|'.join(SCHEMAS)})\.")

_OBJECTS = """
select 'schema', nspname, nspowner::regrole::text, nspacl::text,
    obj_description(oid, 'pg_namespace')
from pg_namespace where nspname !~ '^pg_(toast|temp)'
union all
select 'relation', oid::regclass::text, relowner::regrole::text, relacl::text, relkind::text
from pg_class where relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema')
    and relnamespace::regnamespace::text !~ '^pg_toast'
union all
select 'column', attrelid::regclass::text, attname, format_type(atttypid, atttypmod), attacl::text
from pg_attribute join pg_class on pg_class.oid = attrelid
where relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema')
    and relnamespace::regnamespace::text !~ '^pg_toast' and attnum > 0
union all
select 'function', oid::regprocedure::text, proowner::regrole::text, proacl::text, prosrc
from pg_proc where pronamespace::regnamespace::text not in ('pg_catalog', 'information_schema')
union all
select 'default', defaclrole::regrole::text, defaclnamespace::regnamespace::text,
    defaclobjtype::text, defaclacl::text
from pg_default_acl
"""

_CLUSTER = """
select 'role', rolname, rolcanlogin::text, rolsuper::text, rolcreaterole::text
from pg_roles
union all
select 'member', roleid::regrole::text, member::regrole::text, admin_option::text, ''
from pg_auth_members
union all
select 'database', datname, datdba::regrole::text, datacl::text, ''
from pg_database where datname = current_database()
union all
select 'setting', setrole::regrole::text, setconfig::text, '', ''
from pg_db_role_setting join pg_database on pg_database.oid = setdatabase
where datname = current_database()
"""

Row = tuple[str | None, ...]


def everything(connection: psycopg.Connection) -> set[Row]:
    """Every schema, relation, column, function, privilege, role, membership and setting."""
    rows = connection.execute(f"{_OBJECTS} union all {_CLUSTER}").fetchall()  # type: ignore[call-overload]
    return set(rows)


def of_others(connection: psycopg.Connection) -> set[Row]:
    """Every object of this database outside our schemas, privileges included."""
    rows: list[Row] = connection.execute(_OBJECTS).fetchall()  # type: ignore[call-overload]
    return {row for row in rows if not _OURS.search(f"{row[1]} {row[2]}")}


def make_pagila(connection: psycopg.Connection) -> None:
    """Make what an other project might have: tables, a view, a function, rows, privileges."""
    connection.execute("create schema rentals")
    connection.execute("create table public.film (film_id int primary key, title text not null)")
    connection.execute("create table rentals.rental (film_id int references film, day date)")
    connection.execute("create view public.film_list as select title from film")
    connection.execute(
        "create function public.film_count() returns bigint language sql"
        " return (select count(*) from film)"
    )
    connection.execute("insert into film select n, 'film ' || n from generate_series(1, 100) n")
    connection.execute(
        "insert into rentals.rental select n, '2020-01-01' from generate_series(1, 50) n"
    )
    connection.execute("grant select on film to public")
    connection.execute("create schema marts_of_mine")
    connection.execute("create table marts_of_mine.prices as select 1 as n")


def pagila_rows(connection: psycopg.Connection) -> list[tuple[object, ...]]:
    """Return a digest of each of its tables."""
    return connection.execute(
        "select md5(string_agg(film::text, ',' order by film_id)) from film"
        " union all select md5(string_agg(rental::text, ',' order by film_id)) from rentals.rental"
        " union all select md5(string_agg(prices::text, ',')) from marts_of_mine.prices"
    ).fetchall()
