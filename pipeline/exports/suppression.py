"""The published counts of reports without their small cells (contract rule 10), for what leaves the organisation.

A rule is written for three tables, each judged over the whole snapshot before a filter is applied: otherwise two
exports with different filters, or a filter on a count, would reveal what one of them hides. Of a split only the
counts of cases in the routes any, intravenous and not_intravenous are shown; see `splitting`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from pipeline.errors import UsageError
from pipeline.exports.hiding import choose_hidden
from pipeline.exports.origin import Column
from pipeline.exports.relations import (
    CASES,
    EXPOSED,
    MEASURES,
    UNKNOWN,
    Count,
    Rollups,
    read_counts,
)
from pipeline.exports.splitting import ROUTES, HiddenParts, choose_parts

TOTALS, QUARTERS, PATIENTS = (
    "summary.reported_by_drug_route",
    "summary.reported_by_drug_route_quarter",
    "summary.reported_by_patient",
)
TABLES = (TOTALS, QUARTERS, PATIENTS)
KEY = ("source", "drug", "route", "reaction", "definition")
PARTS = {QUARTERS: ("quarter",), PATIENTS: ("age_band", "sex", "reporter_type", "country", "expedited")}
UNKNOWN_EXPOSED = "route_unknown_case_count"
DATES = ("first_received_date", "last_received_date")
MARK = Column("suppressed_columns", "VARCHAR", "Columns of this row that are suppressed, joined by semicolons")
RULE = (
    "Counts of 1 to 4 are suppressed, and further counts so that no suppressed one follows from sums over quarters "
    "or patients, from roll-ups of routes, reactions and drugs, or from narrow within broad. A zero is shown, unless "
    "its quarter or group of patients is suppressed."
)


@dataclass(frozen=True)
class Suppressed:
    """A table without its small cells. hidden_count: cells that are empty. left_out_count: rows that are not there.
    left_out: columns, routes and drugs that are not there at all, in words."""

    columns: list[Column]
    rows: list[list[Any]]
    hidden_count: int
    left_out_count: int
    left_out: str

    def describe(self) -> dict[str, Any]:
        """What a manifest says of it."""
        return {
            "rule": RULE,
            "smallest": 1,
            "largest": 4,
            "suppressed_cell_count": self.hidden_count,
            "left_out_row_count": self.left_out_count,
            "left_out": self.left_out,
        }


def require_rule(table: str) -> None:
    """Raise UsageError where no rule of suppression is written for a table."""
    if table not in TABLES:
        raise UsageError(
            f"no rule of suppression is written for {table}",
            where="--suppress, or NIGHTVIGIL_EXPORT_SUPPRESS",
            todo=f"export one of {', '.join(TABLES)}; or export without suppression (--no-suppress) for use inside",
        )


def suppress(connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[Column]) -> Suppressed:
    """A table of a snapshot without its small cells, ordered by its key. columns: those of the whole table."""
    require_rule(table)
    rollups = read_rollups(connection)
    hidden, left_out = hide_totals(connection, rollups)
    if table == TOTALS:
        return _mask_totals(connection, columns, hidden, left_out, rollups)
    part = PARTS[table]
    parts = hide_parts(connection, table, hidden, left_out, rollups)
    return _mask_split(
        connection, table, [each for each in columns if each.name in (*KEY, *part, CASES)], parts, rollups
    )


def read_rollups(connection: duckdb.DuckDBPyConnection) -> Rollups:
    """The roll-ups of a snapshot: its code lists, and the subclasses of magnesium."""
    reactions = _group(
        connection.execute("select rollup, reaction from codes.reaction_rollup order by all").fetchall()
    )
    drugs = _group(connection.execute("select rollup, drug from codes.drug_rollup order by all").fetchall())
    subclasses = connection.execute(
        rf"select distinct 'magnesium', drug from {TOTALS} where drug like 'magnesium\_%' escape '\' order by all"  # noqa: S608
    ).fetchall()
    return Rollups(reactions, drugs | _group(subclasses), frozenset(drugs))


def hide_totals(connection: duckdb.DuckDBPyConnection, rollups: Rollups) -> tuple[set[Count], set[tuple[str, str]]]:
    """What is hidden of the totals, and the sources and roots of drugs that cannot be protected so and are left out.

    Counts of different roots share no relation, so each is judged apart.
    """
    names = (*KEY, *MEASURES, EXPOSED)
    rows = connection.execute(f"select {', '.join(names)} from {TOTALS} order by all").fetchall()  # noqa: S608
    groups: dict[tuple[str, str], dict[tuple[str, ...], dict[str, int]]] = {}
    for row in rows:
        cell = row[: len(KEY)]
        numbers = dict(zip(names[len(KEY) :], row[len(KEY) :], strict=True))
        groups.setdefault((cell[0], rollups.find_root(cell[1])), {})[cell] = numbers
    hidden: set[Count] = set()
    left_out = set()
    for group, cells in groups.items():
        counts = read_counts(cells, rollups)
        found, unsafe = choose_hidden(counts)
        hidden |= found
        if unsafe:
            left_out.add(group)
    return hidden, left_out


def hide_parts(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    hidden: set[Count],
    left_out: set[tuple[str, str]],
    rollups: Rollups,
) -> HiddenParts:
    """What is hidden of a split."""
    part = PARTS[table]
    rows = connection.execute(
        f"select {', '.join((*KEY, *part, CASES))} from {table} where route in {ROUTES} order by all"  # noqa: S608
    ).fetchall()
    splits = {(row[: len(KEY)], row[len(KEY) : -1]): row[-1] for row in rows}
    return choose_parts(splits, hidden, left_out, rollups)


def _group(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for whole, part in pairs:
        grouped.setdefault(whole, []).append(part)
    return grouped


def _mask_totals(
    connection: duckdb.DuckDBPyConnection,
    columns: Sequence[Column],
    hidden: set[Count],
    left_out: set[tuple[str, str]],
    rollups: Rollups,
) -> Suppressed:
    names = [column.name for column in columns]
    rows = connection.execute(f"select {', '.join(names)} from {TOTALS} order by {', '.join(KEY)}").fetchall()  # noqa: S608
    shown, hidden_count, left_out_count = [], 0, 0
    for row in rows:
        values = dict(zip(names, row, strict=True))
        cell = tuple(values[name] for name in KEY)
        if (cell[0], rollups.find_root(cell[1])) in left_out:
            left_out_count += 1
            continue
        masked = [name for name in names if _is_hidden(name, cell, hidden)]
        if CASES in masked:
            masked += [name for name in DATES if name in values]
        hidden_count += len(masked)
        values |= dict.fromkeys(masked)
        shown.append([*(values[name] for name in names), "; ".join(masked) or None])
    drugs = ", ".join(sorted({drug for _, drug in left_out}))
    words = f"every row of {drugs} and its parts, whose counts cannot be protected" if drugs else "nothing"
    return Suppressed([*columns, MARK], shown, hidden_count, left_out_count, words)


def _is_hidden(name: str, cell: tuple[str, ...], hidden: set[Count]) -> bool:
    source, drug, route, _, _ = cell
    if name == EXPOSED:
        return (EXPOSED, source, drug, route) in hidden
    if name == UNKNOWN_EXPOSED:
        return (EXPOSED, source, drug, UNKNOWN) in hidden
    return (name, *cell) in hidden


def _mask_split(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: Sequence[Column],
    parts: HiddenParts,
    rollups: Rollups,
) -> Suppressed:
    """Of quarters a hidden count is an empty cell; of patients its row is left out, as a row says there is a case."""
    names = [column.name for column in columns]
    wanted = (*KEY, *PARTS[table])
    others = f"select count(*) from {table} where route not in {ROUTES}"  # noqa: S608 - our own names
    ((left_out_count,),) = connection.execute(others).fetchall()
    rows = connection.execute(
        f"select {', '.join(names)} from {table} where route in {ROUTES} order by {', '.join(wanted)}"  # noqa: S608
    )
    shown, hidden_count = [], 0
    for row in rows.fetchall():
        values = dict(zip(names, row, strict=True))
        member = tuple(values[name] for name in KEY)
        is_hidden = parts.hides(member, tuple(values[name] for name in PARTS[table]), rollups)
        if is_hidden and table == PATIENTS:
            left_out_count += 1
            continue
        hidden_count += is_hidden
        values[CASES] = None if is_hidden else values[CASES]
        shown.append([*(values[name] for name in names), CASES if is_hidden else None])
    words = f"every route but {', '.join(ROUTES)}; every column but {', '.join((*wanted, CASES))}"
    if table == PATIENTS:
        words += "; the rows of suppressed groups, so that a missing row does not say 0"
    return Suppressed([*columns, MARK], shown, hidden_count, left_out_count, words)
