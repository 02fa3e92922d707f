"""The file that a candidate begins as: empty, or a copy of the live snapshot's without what has to be made anew.

Copying a file takes seconds where inserting the tables in it would take minutes.
"""

import shutil
from collections.abc import Collection
from pathlib import Path

import duckdb

from pipeline import models
from pipeline.parent_views import Parent
from pipeline.quoting import quoted

CATALOG = "nightvigil"
META_TABLES = Path(__file__).with_name("meta_tables.sql")
STORAGE = "v1.4.0"  # which DuckDB 1.4 and later open


def open_candidate(connection: duckdb.DuckDBPyConnection, target: Path, parent: Parent | None = None) -> None:
    """Attach a new file as the default catalog, with the schemas of all layers and the empty tables of `meta`.

    parent: the live snapshot. Its tables that nothing has changed are in the file as they are there; of the rest of
    it nothing is.
    """
    unchanged = parent.unchanged if parent else frozenset()
    for left_over in (target, target.with_name(f"{target.name}.wal")):  # a log would be replayed into a copy
        left_over.unlink(missing_ok=True)
    if parent and unchanged:
        shutil.copyfile(parent.database, target)
    connection.execute(f"attach {quoted(target)} as {CATALOG} (storage_version '{STORAGE}')")
    connection.execute(f"use {CATALOG}")
    if unchanged:
        _keep_only(connection, unchanged)
    for schema in ("meta", *models.LAYERS, models.VIEWS):
        connection.execute(f"create schema if not exists {schema}")
    connection.execute(META_TABLES.read_text())


def _keep_only(connection: duckdb.DuckDBPyConnection, kept: Collection[str]) -> None:
    """Drop every view, and every table but these; the checkpoint frees their place for what is made next."""
    views = connection.execute(
        "select schema_name, view_name from duckdb_views() where database_name = current_database() and not internal"
    ).fetchall()
    tables = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = current_database()"
    ).fetchall()
    connection.begin()
    for schema, name in views:
        connection.execute(f'drop view {schema}."{name}"')
    for schema, name in tables:
        if f"{schema}.{name}" not in kept:
            connection.execute(f'drop table {schema}."{name}"')
    connection.commit()
    connection.execute("checkpoint")
