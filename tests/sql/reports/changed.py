"""Two builds, the second beside the first as its live snapshot; for tests of what changed."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import duckdb

from pipeline import models
from pipeline.engines import DUCKDB, Engine
from pipeline.parent_views import Parent
from tests.sql.reports.database import (
    Delivery,
    load_deliveries,
    load_report_models,
    open_database,
    read_contract,
    save_snapshot,
)

STATISTICS = ("summary.signal", "summary.signal_any_drug")


def build_pair(
    folder: Path,
    before: Iterable[Delivery],
    now: Iterable[Delivery],
    *,
    lists_before: Sequence[str] = (),
    models_before: Sequence[tuple[str, str, str]] = (),
    snapshot_before: Sequence[str] = (),
    is_other_code: bool = False,
    with_statistics: bool = True,
    has_parent: bool = True,
    engine: Engine = DUCKDB,
) -> duckdb.DuckDBPyConnection:
    """The second of two builds. lists_before, snapshot_before: statements on the code lists of the first, and on its
    published tables. models_before: table, text and other text of a SELECT of the first. Without statistics there is
    no flag, and a build takes a third of the time. engine: what runs the SELECTs of the second.
    """
    ordered = load_report_models() if with_statistics else _leave_out_statistics()
    earlier = open_database()
    for statement in lists_before:
        earlier.execute(statement)
    load(earlier, before, _edit(ordered, models_before), with_statistics=with_statistics)
    for statement in snapshot_before:
        earlier.execute(statement)
    path = folder / "before.duckdb"
    path.unlink(missing_ok=True)
    save_snapshot(earlier, path)
    earlier.close()
    later = open_database()
    parent = Parent(path, is_other_code) if has_parent else None
    load(later, now, ordered, parent=parent, with_statistics=with_statistics, engine=engine)
    return later


def load(
    connection: duckdb.DuckDBPyConnection,
    deliveries: Iterable[Delivery],
    ordered: list[models.Model | models.Estimate],
    *,
    with_statistics: bool,
    parent: Parent | None = None,
    engine: Engine = DUCKDB,
) -> None:
    empty = () if with_statistics else STATISTICS
    stubs = [_stub(table) for table in empty]
    load_deliveries(connection, deliveries, ordered=[*stubs, *ordered], parent=parent, engine=engine)


def _stub(table: str) -> models.Model:
    """A table of the contract without a row."""
    columns = ", ".join(f'null::{column.type} as "{column.name}"' for column in read_contract().columns[table])
    layer, name = table.split(".")
    return models.Model(layer, name, f"select {columns} where false", Path(name))


@cache
def _leave_out_statistics() -> list[models.Model | models.Estimate]:
    """The models that `events.changed_case` and `summary.change` need, but for the statistics."""
    wanted = {
        "events.changed_case",
        "summary.change",
        "verify.change_closes",
        "verify.changed_case_is_behind_its_count",
    }
    needed = []
    for model in reversed(load_report_models()):
        if model.table in wanted and model.table not in STATISTICS:
            needed.append(model)
            wanted |= {word for word in _words(model) if word.count(".") == 1}
    return needed[::-1]


def _words(model: models.Model | models.Estimate) -> set[str]:
    text = model.sql if isinstance(model, models.Model) else ""
    named = set(re.findall(r"\b\w+\.\w+", text))
    return named | {name.removeprefix("before.").replace("_", ".", 1) for name in named if name.startswith("before.")}


def _edit(
    ordered: list[models.Model | models.Estimate], edits: Sequence[tuple[str, str, str]]
) -> list[models.Model | models.Estimate]:
    for table, old, new in edits:
        [model] = [model for model in ordered if model.table == table]
        assert isinstance(model, models.Model) and old in model.sql
        ordered = [replace(each, sql=each.sql.replace(old, new)) if each is model else each for each in ordered]
    return ordered
