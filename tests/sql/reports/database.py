"""A database in memory: deliveries are loaded as raw rows, and the SQL of `sql/` is run on them.

Views over raw rows and receipts are simulated here; the SQL is the project's own.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from pipeline import models, parent_views, typed, warehouse
from pipeline.candidate_file import META_TABLES
from pipeline.contract import Contract, load_contract
from pipeline.engines import DUCKDB, Engine
from pipeline.sources.faers.layout import COLUMNS
from tests.sql.reports.expected_codes import SEQUENTIAL_START

SQL = Path(__file__).resolve().parents[3] / "sql"
SUBGROUP = {  # the columns of summary.trial_subgroup that the contrast of routes reads
    "varchar": "drug reaction definition population comparator bound measure method tau reason",
    "bigint": "intravenous_trial_count not_intravenous_trial_count df",
    "double": "intravenous_estimate intravenous_lower intravenous_upper not_intravenous_estimate "
    "not_intravenous_lower not_intravenous_upper q_between p_value",
}
COMPARED = (
    "drug",
    "reaction",
    "definition",
    "population",
    "comparator",
    "bound",
    "route",
    "trial_id",
    "randomisation",
    "is_in_all",
)
REGISTER = (
    "trial_id",
    "reaction",
    "drug",
    "registry_lower",
    "registry_upper",
    "registry_at_risk",
    "sheet_affected",
    "sheet_at_risk",
    "sheet_text",
)
RECEIVED_NONE = {  # of trials and sheets, what the attrition of everything received reads
    "events.observed": "trial_id varchar, arm_id varchar, reaction varchar, register varchar",
    "clean.study_count": "trial_id varchar, arm_id varchar, reaction varchar, participants_affected bigint",
    "intermediate.study_observed": "trial_id varchar, arm_id varchar, is_joined boolean",
    "intermediate.study_cell": "trial_id varchar, arm_id varchar",
}
CHANGED_NONE = ("intermediate.changed_effect", "events.changed_trial")  # of trials, what summary.change reads
Row = dict[str, Any]
Listed = TypeVar("Listed", bound=models.Model | models.Estimate)


@dataclass
class Delivery:
    """One quarter as received: rows by table, each a dict of the columns its file has."""

    period: str
    era: str
    tables: dict[str, list[Row]] = field(default_factory=dict)
    is_current: bool = True

    def rows(self, table: str) -> list[Row]:
        return self.tables.get(table, [])


def open_database(sql_dir: Path = SQL) -> duckdb.DuckDBPyConnection:
    """A connection with the code lists loaded and no row yet."""
    connection = duckdb.connect(":memory:", config={"threads": 1})  # with tables of a few rows more threads only wait
    connection.execute("set enable_progress_bar = false")
    connection.execute("set preserve_insertion_order = false")
    typed.load_codes(connection, sql_dir)
    # The plan starts in a quarter that no test's report has reached.
    connection.execute("update codes.sequential_plan set value = ? where name = 'start_quarter'", [SEQUENTIAL_START])
    return connection


def load_deliveries(
    connection: duckdb.DuckDBPyConnection,
    deliveries: Iterable[Delivery],
    *,
    ordered: list[models.Model] | None = None,
    typed_models: list[models.Model] | None = None,
    parent: parent_views.Parent | None = None,
    engine: Engine = DUCKDB,
) -> None:
    """Build every table from these deliveries anew, as a run would from the current receipts. parent: the live
    snapshot, as `save_snapshot` writes one. engine: what runs the SELECTs above the typed ones."""
    loaded = list(deliveries)
    for schema in ("raw", "typed", "meta", *models.LAYERS):
        connection.execute(f"drop schema if exists {schema} cascade")
        connection.execute(f"create schema {schema}")
    connection.execute(META_TABLES.read_text())
    for table, columns in COLUMNS.items():
        _fill_raw(connection, table, columns.split(), loaded)
    for model in load_typed_report_models() if typed_models is None else typed_models:
        connection.execute(f"create table typed.{model.name} as\n{model.sql}")
    _fill_meta(connection, loaded)
    # Some models of reports also read trials: here none were received.
    connection.execute("create table clean.trial (trial_id varchar, has_results boolean)")
    connection.execute("create table clean.trial_number (registry_number varchar, trial_id varchar)")
    for table, columns in RECEIVED_NONE.items():
        connection.execute(f"create table {table} ({columns})")
    connection.execute(f"create table events.trial_comparison ({', '.join(f'{name} varchar' for name in COMPARED)})")
    register = ", ".join(f"{name} varchar" for name in REGISTER)
    connection.execute(f"create table intermediate.study_register ({register}, is_disputed boolean)")
    subgroup = [f"{column} {kind}" for kind, columns in SUBGROUP.items() for column in columns.split()]
    connection.execute(f"create table summary.trial_subgroup ({', '.join(subgroup)})")
    for table in CHANGED_NONE:
        columns = ", ".join(f'"{column.name}" {column.type}' for column in read_contract().columns[table])
        connection.execute(f"create table {table} ({columns})")
    ordered = load_report_models() if ordered is None else ordered
    parent_views.view_parent(connection, read_contract(), ordered, parent)
    try:
        warehouse.run_models(connection, ordered, engine=engine)
    finally:
        parent_views.close_parent(connection)


@cache
def read_contract() -> Contract:
    """The contract of the project, read once."""
    return load_contract(SQL)


def save_snapshot(connection: duckdb.DuckDBPyConnection, path: Path) -> Path:
    """Write every table into a file, as the live snapshot of the next build."""
    connection.execute(f"attach '{path}' as saved")
    connection.execute("copy from database memory to saved")
    connection.execute("detach saved")
    return path


def load_report_models() -> list[models.Model | models.Estimate]:
    """The models of reports, in build order; those of trials are loaded apart."""
    return list(_load_report_models())


@cache
def _load_report_models() -> tuple[models.Model | models.Estimate, ...]:
    of_trials = find_trial_tables(SQL)
    return tuple(model for model in models.load_models(SQL) if model.table not in of_trials)


@cache
def load_typed_report_models() -> tuple[models.Model, ...]:
    """The row-local models of reports, in order of name."""
    return tuple(models.load_typed_models(SQL, "faers"))


def find_trial_tables(sql_dir: Path = SQL) -> set[str]:
    """The tables that read the register, directly or through another; the attrition of everything received is not
    one, nor the contrast of routes, which compares trials with reports, nor what changed in either."""
    listed = models.load_models(sql_dir)
    first = {model.table for model in listed if model.name.startswith("trial") and model.layer != "summary"}
    shared = {"intermediate.attrition_step", "summary.attrition", "verify.attrition_closes", "summary.route_contrast"}
    shared |= {"summary.change", "verify.change_closes"}
    return find_downstream_tables(listed, first) - shared


def find_downstream_tables(listed: list[models.Model | models.Estimate], first: set[str]) -> set[str]:
    """These tables and every one that reads them, directly or through another."""
    found = set(first)
    for model in listed:
        if found & find_table_names(read_source_text(model)):
            found.add(model.table)
    return found


def select_models(query: str, listed: Sequence[Listed]) -> list[Listed]:
    """The models a query needs: those of the tables it names, and all that they read."""
    wanted = find_table_names(query)
    needed = []
    for model in reversed(listed):
        if model.table in wanted:
            needed.append(model)
            wanted |= find_table_names(read_source_text(model))
    return needed[::-1]


@cache
def read_source_text(model: models.Model | models.Estimate) -> str:
    """What a model reads from: its SELECT, or its module with the modules it shares with others."""
    if isinstance(model, models.Model):
        return model.sql
    text = model.path.read_text()
    shared = re.findall(r"pipeline\.estimates\.(_\w+)", text)
    return "\n".join([text, *(models.ESTIMATES.joinpath(f"{name}.py").read_text() for name in shared)])


def find_table_names(text: str) -> set[str]:
    return set(re.findall(r"\b\w+\.\w+", text))


def fetch(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()


def _fill_raw(
    connection: duckdb.DuckDBPyConnection, table: str, columns: list[str], deliveries: list[Delivery]
) -> None:
    listed = ", ".join(f"{column} varchar" for column in columns)
    connection.execute(f"create table raw.faers_{table} ({listed}, period varchar, era varchar, line_number bigint)")
    rows = [
        ", ".join(
            [*(_text(row.get(column)) for column in columns), _text(delivery.period), _text(delivery.era), str(line)]
        )
        for delivery in deliveries
        if delivery.is_current
        for line, row in enumerate(delivery.rows(table), start=2)
    ]
    if rows:
        connection.execute(f"insert into raw.faers_{table} values ({'), ('.join(rows)})")


def _fill_meta(connection: duckdb.DuckDBPyConnection, deliveries: list[Delivery]) -> None:
    receipts, tables = [], []
    for number, delivery in enumerate(deliveries):
        content = hashlib.sha256(repr(delivery.tables).encode()).hexdigest()
        receipts.append(
            f"('faers', '{number}', '{delivery.period}', '{delivery.era}', {delivery.is_current}, '{content}')"
        )
        for table in COLUMNS:
            count = len(delivery.rows(table))
            tables.append(f"('faers', '{number}', '{table}', {count + 1}, 1, 0, {count}, 0, 0, 0, {count})")
    if receipts:
        connection.execute(
            "insert into meta.delivery (source, delivery_id, period, era, is_current, content_sha256) values "
            + ", ".join(receipts)
        )
        connection.execute(
            "insert into meta.delivery_table (source, delivery_id, table_name, physical_line_count, "
            "header_line_count, blank_line_count, staged_line_count, quarantined_line_count, split_count, "
            "join_count, record_count) values " + ", ".join(tables)
        )


def _text(value: Any) -> str:
    return "null" if value is None else "'" + str(value).replace("'", "''") + "'"
