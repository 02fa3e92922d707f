"""The macros of `sql/macros.sql` on a small database, with the vocabulary that they compare their words with."""

import re
from pathlib import Path

import duckdb

from pipeline import warehouse
from pipeline.contract import load_words
from pipeline.rows import insert_rows

SQL = Path(__file__).resolve().parents[2] / "sql"
CHECK = "refuse_unknown_words"


def create_macros(connection: duckdb.DuckDBPyConnection, *names: str) -> None:
    """Create the named macros, as the build does; those of the other wing would name tables that are not there."""
    connection.execute("create schema if not exists meta")
    connection.execute("drop table if exists meta.vocabulary")
    connection.execute(
        "create table meta.vocabulary (vocabulary varchar, value varchar, subset varchar, meaning varchar)"
    )
    words = [warehouse._word_row(word) for word in load_words(SQL)]
    insert_rows(connection, "meta.vocabulary", words)
    for statement in connection.extract_statements((SQL / "macros.sql").read_text()):
        found = re.search(r"create or replace macro (\w+)", statement.query)
        if found and found[1] in (CHECK, *names):
            connection.execute(statement.query)
