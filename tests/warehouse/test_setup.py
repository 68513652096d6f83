import psycopg


def test_the_reader_sees_the_reading_schemas_alone(reader: psycopg.Connection) -> None:
    path = reader.execute("show search_path").fetchone()
    visible = reader.execute(
        "select nspname from pg_namespace where has_schema_privilege(nspname, 'usage')"
        " and nspname !~ '^pg_' and nspname not in ('public', 'information_schema') order by 1"
    ).fetchall()

    assert path == ("marts, ops, analyst",)
    assert visible == [("analyst",), ("marts",), ("ops",)]
