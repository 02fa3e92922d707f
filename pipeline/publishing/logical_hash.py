"""What a table says, as one hash that any engine can recompute, whatever the order of its rows.

A table's logical hash is made thus.

1. A field becomes text. NULL is the one character U+001E. Text stands as it is, but that each U+001E in it becomes
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

It tells whether two tables hold the same rows as often. It is no seal against forgery: that is the sha256 of
each file in the manifest.
"""

import hashlib
from dataclasses import dataclass
from functools import partial

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


def hash_tables(connection: duckdb.DuckDBPyConnection) -> dict[str, TableHash]:
    """The logical hash of every table of the connection's default database. Reads every column of every row."""
    return {table: hash_table(connection, table, columns) for table, columns in list_tables(connection).items()}


def fingerprint_tables(connection: duckdb.DuckDBPyConnection) -> dict[str, list[int]]:
    """Rows and the sum of the engine's own row hashes of every table.

    An order of magnitude faster than the logical hash, and comparable only within one version of DuckDB: it
    shows that a database was left as it was between two steps of one night.
    """
    prints = {}
    for table, columns in list_tables(connection).items():
        listed = ", ".join(quote(name) for name, _ in columns)
        query = f"select count(*), coalesce(sum(hash({listed})), 0)::varchar from {table}"  # noqa: S608 - our own names
        row = connection.execute(query).fetchall()[0]
        prints[table] = [int(row[0]), int(row[1])]
    return prints


def list_tables(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[str, str]]]:
    """Every table of the default database as `schema.table`, sorted, with its columns and their types in order."""
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
    """The logical hash of one table; raises PublicationFailed for a type that has no canonical text."""
    marked = _columns_with_marks(connection, table, [name for name, kind in columns if _is_text(kind)])
    fields = [_field(table, quote(name), kind, escape=name in marked) for name, kind in columns]
    row = f"concat_ws({SEPARATOR}, {', '.join(fields)})"
    count, first, second = connection.execute(
        f"with row_hash as (select md5_number({row}) as h from {table}) "  # noqa: S608 - names come from the catalog
        "select count(*), coalesce(sum((h & 18446744073709551615)::ubigint), 0)::varchar, "
        "coalesce(sum((h >> 64)::ubigint), 0)::varchar from row_hash"
    ).fetchall()[0]
    text = "\n".join(["\x1f".join(name for name, _ in columns), str(count), first, second])
    return TableHash(int(count), hashlib.md5(text.encode(), usedforsecurity=False).hexdigest())


def quote(name: str) -> str:
    """A name as SQL reads it: bare where that is safe, for the sake of readers of the manifest."""
    bare = name.isascii() and name.replace("_", "a").isalnum() and name.islower() and not name[0].isdigit()
    return name if bare and name not in RESERVED else '"' + name.replace('"', '""') + '"'


def _columns_with_marks(connection: duckdb.DuckDBPyConnection, table: str, names: list[str]) -> set[str]:
    # Escaping costs twice the rest, and next to no text holds the two characters: look first.
    if not names:
        return set()
    tests = [f"bool_or(contains({quote(n)}, {NUL}) or contains({quote(n)}, {SEPARATOR}))" for n in names]
    query = f"select {', '.join(tests)} from {table}"  # noqa: S608 - names come from the catalog
    found = connection.execute(query).fetchall()[0]
    return {name for name, has_mark in zip(names, found, strict=True) if has_mark}


def _is_text(kind: str) -> bool:
    return kind in ("VARCHAR", "JSON", "UUID") or kind.startswith("ENUM(")


def _field(table: str, value: str, kind: str, *, escape: bool) -> str:
    return f"coalesce({_text(table, value, kind, escape)}, {NUL})"


def _text(table: str, value: str, kind: str, escape: bool) -> str:
    """SQL for the canonical text of a value that is not NULL."""
    if kind.endswith("[]"):
        element = partial(_field, table, "e", kind[:-2], escape=True)()
        listed = f"list_transform({value}, lambda e: {element} || {NUL} || ';')"
        return f"'[' || array_to_string({listed}, '') || ']'"
    if _is_text(kind):
        text = value if kind == "VARCHAR" else f"{value}::varchar"
        return f"replace(replace({text}, {NUL}, {NUL} || '/'), {SEPARATOR}, {NUL} || '|')" if escape else text
    if kind in INTEGERS or kind in ("BOOLEAN", "DATE") or kind.startswith("DECIMAL("):
        return f"{value}::varchar"
    if kind in ("FLOAT", "DOUBLE"):
        # A third of the time that decimal digits take, and as easily said in any language.
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
