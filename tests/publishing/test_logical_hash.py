"""The hash of a table is recomputed here in plain Python from its description, without DuckDB's help."""

import hashlib
import math
import struct
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.errors import PublicationFailed
from pipeline.publishing.logical_hash import fingerprint_tables, hash_tables

pytestmark = pytest.mark.slow

TABLE = """create table t (
    word varchar, "Odd ""name" varchar, is_it boolean, number bigint, big hugeint, exact decimal(12, 3),
    measure double, day date, moment timestamp, bytes blob, words varchar[], numbers integer[]
)"""
TEXT = st.one_of(
    st.none(), st.text(st.characters(codec="utf-8"), max_size=6), st.sampled_from(["\x1e", "\x1f", "\x1e|", ""])
)
ROW = st.tuples(
    TEXT,
    TEXT,
    st.one_of(st.none(), st.booleans()),
    st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
    st.one_of(st.none(), st.integers(-(2**100), 2**100)),
    st.one_of(st.none(), st.decimals(-99999, 99999, places=3)),
    st.one_of(st.none(), st.floats()),
    st.one_of(st.none(), st.dates(date(1900, 1, 1), date(2100, 1, 1))),
    st.one_of(st.none(), st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1))),
    st.one_of(st.none(), st.binary(max_size=4)),
    st.one_of(st.none(), st.lists(TEXT, max_size=3)),
    st.one_of(st.none(), st.lists(st.integers(-9, 9), max_size=3)),
)


TEXTS: dict[type, Callable[[Any], str]] = {
    type(None): lambda value: "\x1e",
    str: lambda value: value.replace("\x1e", "\x1e/").replace("\x1f", "\x1e|"),
    bool: lambda value: str(value).lower(),
    int: str,
    Decimal: lambda value: f"{value:.3f}",
    float: lambda value: str(struct.unpack("<q", struct.pack("<d", math.nan if math.isnan(value) else value))[0]),
    datetime: lambda value: str((value - datetime(1970, 1, 1)) // timedelta(microseconds=1)),
    date: date.isoformat,
    bytes: lambda value: value.hex().upper(),
    list: lambda value: "[" + "".join(f"{encode_value(element)}\x1e;" for element in value) + "]",
}


def encode_value(value: Any) -> str:
    """Step 1 of the description."""
    return TEXTS[type(value)](value)


def md5(text: str) -> Any:
    return hashlib.md5(text.encode(), usedforsecurity=False)


def recompute(names: list[str], rows: list[tuple[Any, ...]]) -> str:
    """Steps 2 to 4."""
    digests = [md5("\x1f".join(map(encode_value, row))).digest() for row in rows]
    first = sum(int.from_bytes(digest[:8], "little") for digest in digests)
    second = sum(int.from_bytes(digest[8:], "little") for digest in digests)
    return md5("\n".join(["\x1f".join(names), str(len(rows)), str(first), str(second)])).hexdigest()


def load(rows: list[tuple[Any, ...]]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 1})
    connection.execute(TABLE)
    if rows:
        connection.executemany(f"insert into t values ({', '.join('?' * len(rows[0]))})", [list(row) for row in rows])
    return connection


NAMES = [
    "word",
    'Odd "name',
    "is_it",
    "number",
    "big",
    "exact",
    "measure",
    "day",
    "moment",
    "bytes",
    "words",
    "numbers",
]


@settings(max_examples=60, deadline=None)
@example([(None,) * 6 + (sign * number,) + (None,) * 5 for sign in (1, -1) for number in (math.nan, math.inf, 0.0)])
@given(st.lists(ROW, max_size=4))
def test_logical_hash_agrees_with_its_description(rows: list[tuple[Any, ...]]) -> None:
    with load(rows) as connection:
        (found,) = hash_tables(connection).values()
    assert (found.row_count, found.logical_hash) == (len(rows), recompute(NAMES, rows))


def hash_query(query: str) -> str:
    with duckdb.connect() as connection:
        connection.execute(f"create table t as {query}")
        return hash_tables(connection)["main.t"].logical_hash


def test_logical_hash_ignores_row_order_only() -> None:
    same = hash_query("select * from (values (1, 'a'), (2, 'b')) as v(i, s)")
    assert hash_query("select * from (values (2, 'b'), (1, 'a')) as v(i, s)") == same
    others = [
        "select * from (values (1, 'b'), (2, 'a')) as v(i, s)",
        "select * from (values (1, 'a'), (2, 'b'), (2, 'b')) as v(i, s)",
        "select * from (values (1, 'a'), (2, null)) as v(i, s)",
        "select * from (values (1, 'a'), (2, '')) as v(i, s)",
        "select * from (values (1, 'a'), (2, 'b')) as v(i, t)",
        "select s, i from (values (1, 'a'), (2, 'b')) as v(i, s)",
    ]
    assert len({same, *map(hash_query, others)}) == 1 + len(others)


def test_logical_hash_separates_fields() -> None:
    """A separator inside a text is not the end of a field."""
    assert hash_query("select 'a' || chr(31) || 'b' as x, 'c' as y") != hash_query(
        "select 'a' as x, 'b' || chr(31) || 'c' as y"
    )
    assert hash_query("select chr(30) as x") != hash_query("select null::varchar as x")


def test_unsupported_type_is_named_in_the_error() -> None:
    with pytest.raises(PublicationFailed, match="INTERVAL"):
        hash_query("select interval 1 day as x")


def test_fingerprint_changes_with_one_cell() -> None:
    with duckdb.connect() as connection:
        connection.execute("create table t as select range as i, 'x' as s from range(1000)")
        before = fingerprint_tables(connection)
        assert fingerprint_tables(connection) == before
        connection.execute("update t set s = 'y' where i = 500")
        assert fingerprint_tables(connection) != before
