"""What a warehouse says, apart from when and in which answer it came."""

from tests.real.conftest import Installation

# It differs from run to run; that a value came does not. Nor is it forgotten that something else
# came before.
LINEAGE = {
    *("request_id", "response_id", "fetched_at", "first_fetched_at", "final_version_count"),
    *("known_from", "known_to", "is_known_from_assumed", "load_id", "dlt_load_id"),
    *("snapshot_at", "as_of", "age_seconds", "first_heard_at"),
}

Content = dict[str, tuple[object, ...]]


def content(installation: Installation) -> Content:
    """Count and order-free fingerprint of each relation of staging and marts, lineage aside."""
    columns = installation.query(
        "select table_schema || '.' || table_name,"
        " string_agg(quote_ident(column_name), ', ' order by column_name)"
        " from information_schema.columns"
        " where table_schema in ('staging', 'marts') and table_name not like 'stg_marketflow%'"
        f" and not column_name = any('{{{','.join(LINEAGE)}}}') group by 1",
        role="transformer",
    )
    return {
        str(relation): installation.query(
            "select count(*), sum(('x' || md5(line::text))::bit(60)::bigint)"
            f" from (select {names} from {relation}) as line",
            role="transformer",
        )[0]
        for relation, names in columns
    }
