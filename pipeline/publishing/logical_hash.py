"""The content of a table as one hash that any engine can recompute, whatever the order of the rows.

The logical hash of a table is defined as follows.

1. A field becomes text. NULL is the one character U+001E. Text is unchanged, except that each U+001E in it becomes
   U+001E "/", and each U+001F becomes U+001E "|". A boolean is `true` or `false`. An integer is its decimal digits.
   A decimal has all the digits of its scale. A floating-point number is the 64 bits of its IEEE 754 double, read as
   a signed integer, in decimal digits (9221120237041090560 for any `nan`). A date is `YYYY-MM-DD`. A timestamp,
   with a time zone or without, is the whole number of microseconds since 1970-01-01 (UTC). Bytes are hexadecimal,
   upper case. A list is `[`, then each element as a field of its own followed by U+001E ";", then `]`.
2. A row is its fields in the order of the columns, joined by U+001F, encoded as UTF-8.
3. Each row has an md5 of 16 bytes, read as two unsigned 64-bit little-endian numbers: first from bytes 0-7,
   second from bytes 8-15.
4. The table's hash is the md5, in hexadecimal, of the text
   `column names joined by U+001F` LF `number of rows` LF `sum of the firsts` LF `sum of the seconds`,
   the sums being exact integers in decimal.

Two tables with equal hashes hold the same rows, each the same number of times. The hash does not protect against
forgery; the sha256 of each file in the manifest does.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import duckdb

from pipeline.errors import PublicationFailed

INTEGERS = {f"{sign}{size}INT" for sign in ("", "U") for size in ("", "TINY", "SMALL", "BIG", "HUGE")} | {
    "INTEGER",
    "UINTEGER",
}
NUL, SEPARATOR = "chr(30)", "chr(31)"
NAN_BITS = 0x7FF8 << 48


@dataclass(frozen=True)
class TableHash:
    """How many rows a table has, and the logical hash over all of them."""

    row_count: int
    logical_hash: str


def hash_tables(
    connection: duckdb.DuckDBPyConnection, known: Mapping[str, TableHash] = MappingProxyType({})
) -> dict[str, TableHash]:
    """Compute the logical hash of every table of the default database; reads every column of every row.

    known: hashes that are returned as they are.
    """
    return {
        table: known[table] if table in known else hash_table(connection, table, columns)
        for table, columns in list_tables(connection).items()
    }


def fingerprint_tables(connection: duckdb.DuckDBPyConnection) -> dict[str, list[int]]:
    """Return, for every table, its row count and the sum of DuckDB's own row hashes.

    An order of magnitude faster than the logical hash, and comparable only within one version of DuckDB: it
    shows that a database did not change between two steps of one run.
    """
    fingerprints = {}
    for table, columns in list_tables(connection).items():
        listed = ", ".join(quote(name) for name, _ in columns)
        query = f"select count(*), coalesce(sum(hash({listed})), 0)::varchar from {table}"  # noqa: S608 - our own names
        row = connection.execute(query).fetchall()[0]
        fingerprints[table] = [int(row[0]), int(row[1])]
    return fingerprints


def list_tables(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[str, str]]]:
    """List every table of the default database as `schema.table`, sorted, with its columns and types in order."""
    rows = connection.execute(
        "select t.schema_name, t.table_name, c.column_name, c.data_type from duckdb_tables() as t "
        "join duckdb_columns() as c on c.table_oid = t.table_oid and c.database_oid = t.database_oid "
        "where t.database_name = current_database() and not t.temporary order by 1, 2, c.column_index"
    ).fetchall()
    tables: dict[str, list[tuple[str, str]]] = {}
    for schema, table, column, kind in rows:
        tables.setdefault(f"{quote(schema)}.{quote(table)}", []).append((column, kind))
    return tables


def hash_table(connection: duckdb.DuckDBPyConnection, table: str, columns: list[tuple[str, str]]) -> TableHash:
    """Compute the logical hash of one table; raise PublicationFailed for a type that has no canonical text."""
    marked = _find_columns_to_escape(connection, table, [name for name, kind in columns if _is_text(kind)])
    fields = [_render_field(table, quote(name), kind, escape=name in marked) for name, kind in columns]
    row = f"concat_ws({SEPARATOR}, {', '.join(fields)})"
    count, first, second = connection.execute(
        f"with row_hash as (select md5_number({row}) as h from {table}) "  # noqa: S608 - names come from the catalog
        "select count(*), coalesce(sum((h & 18446744073709551615)::ubigint), 0)::varchar, "
        "coalesce(sum((h >> 64)::ubigint), 0)::varchar from row_hash"
    ).fetchall()[0]
    text = "\n".join(["\x1f".join(name for name, _ in columns), str(count), first, second])
    return TableHash(int(count), hashlib.md5(text.encode(), usedforsecurity=False).hexdigest())


def quote(name: str) -> str:
    """Quote a name for SQL; leave it bare where that is safe, because people read it in the manifest."""
    bare = name.isascii() and name.replace("_", "a").isalnum() and name.islower() and not name[0].isdigit()
    return name if bare and name not in RESERVED else '"' + name.replace('"', '""') + '"'


def _find_columns_to_escape(connection: duckdb.DuckDBPyConnection, table: str, names: list[str]) -> set[str]:
    # Escaping costs twice as much as everything else, and almost no text holds the two characters: look first.
    if not names:
        return set()
    tests = [f"bool_or(contains({quote(n)}, {NUL}) or contains({quote(n)}, {SEPARATOR}))" for n in names]
    query = f"select {', '.join(tests)} from {table}"  # noqa: S608 - names come from the catalog
    found = connection.execute(query).fetchall()[0]
    return {name for name, has_mark in zip(names, found, strict=True) if has_mark}


def _is_text(kind: str) -> bool:
    return kind in ("VARCHAR", "JSON", "UUID") or kind.startswith("ENUM(")


def _render_field(table: str, value: str, kind: str, *, escape: bool) -> str:
    return f"coalesce({_render_value(table, value, kind, escape)}, {NUL})"


def _render_value(table: str, value: str, kind: str, escape: bool) -> str:
    """Return the SQL expression for the canonical text of a value that is not NULL."""
    if kind.endswith("[]"):
        element = _render_field(table, "e", kind[:-2], escape=True)
        listed = f"list_transform({value}, lambda e: {element} || {NUL} || ';')"
        return f"'[' || array_to_string({listed}, '') || ']'"
    if _is_text(kind):
        text = value if kind == "VARCHAR" else f"{value}::varchar"
        return f"replace(replace({text}, {NUL}, {NUL} || '/'), {SEPARATOR}, {NUL} || '|')" if escape else text
    if kind in INTEGERS or kind in ("BOOLEAN", "DATE") or kind.startswith("DECIMAL("):
        return f"{value}::varchar"
    if kind in ("FLOAT", "DOUBLE"):
        # Takes a third of the time of decimal digits, and is as easy to reproduce in another language.
        return f"case when isnan({value}) then '{NAN_BITS}' else {value}::double::bit::bigint::varchar end"
    if kind.startswith("TIMESTAMP"):
        return f"epoch_us({value})::varchar"
    if kind == "BLOB":
        return f"hex({value})"
    raise PublicationFailed(
        f"a column of type {kind} has no canonical text, so its table cannot be hashed",
        where=table,
        todo="give the column a plain type in its SELECT, or extend pipeline/publishing/logical_hash.py",
    )


RESERVED = {"case", "order", "group", "select", "table", "from", "to", "end", "all", "any", "both", "column"}
