"""Builds a candidate database: code lists, what was received, then the models in their order.

The candidate is a new file in every run. It holds what a build from nothing would, but tables that nothing has
changed are those of the live snapshot. Nothing here judges or publishes; nothing here knows what a model means.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb

from pipeline import compaction, estimates, models, parent_views, raw_views, typed
from pipeline.candidate_file import CATALOG, open_candidate
from pipeline.catalog import list_columns
from pipeline.contract import MACROS, Contract, Word, load_contract
from pipeline.engines import DUCKDB, Engine, open_engine
from pipeline.exhaustion import explained_exhaustion
from pipeline.landing.receipts import Receipt, current_receipts
from pipeline.landing.repair import Report, log_repair
from pipeline.parent_views import Parent
from pipeline.quoting import literal, quoted
from pipeline.rows import insert_rows
from pipeline.settings import Settings
from pipeline.sources.record import Source


def build(
    settings: Settings,
    receipts: list[Receipt],
    snapshot: dict[str, Any],
    target: Path,
    *,
    sources: Sequence[Source],
    parent: Parent | None = None,
    say: Callable[[str], None] = lambda line: None,
    report: Report = log_repair,
) -> Path:
    """Build the candidate `target` from the given receipts; return it, checkpointed and closed.

    snapshot: the one row of `meta.snapshot` and, under "sources" and "runs", those of `meta.source` and
    `meta.run`. parent: the live snapshot, with which `summary.change` compares and from which tables that nothing has
    changed are taken over. say: called with one line of progress a table. report: called with each
    damaged file that was rebuilt.
    Raises DeliveryNotTyped where a delivery's typed rows are missing or damaged and cannot be made again.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        explained_exhaustion(settings),
        typed.open_session(settings, settings.memory_limit) as connection,
        open_engine(settings) as engine,
    ):
        open_candidate(connection, target, parent)
        typed.load_codes(connection, settings.sql_dir)
        fill_meta(connection, receipts, snapshot)
        connection.execute("attach ':memory:' as typed")
        engine.show_typed(view_typed(connection, settings, receipts, sources, report))
        ordered = models.load_models(settings.sql_dir)
        parent_views.view_parent(connection, load_contract(settings.sql_dir), ordered, parent)
        unchanged = parent.unchanged if parent else frozenset()
        run_models(connection, ordered, say, settings.cache / "spill", unchanged, engine=engine)
        parent_views.close_parent(connection)
        fill_review_queue(connection, settings.sql_dir)
        create_views(connection, settings.sql_dir)
        connection.begin()  # two thousand comments, each written to disk by itself otherwise
        describe(connection, settings.sql_dir)
        connection.commit()
        connection.execute("checkpoint")
        connection.execute("use memory")
        connection.execute(f"detach {CATALOG}")
    return target


def view_typed(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    receipts: list[Receipt],
    sources: Sequence[Source],
    report: Report = log_repair,
) -> dict[str, list[Path]]:
    """Show the typed rows of the current deliveries, verified, as `typed.<model>`, without a row where nothing came
    yet. Returns the files of each model that has any."""
    shown: dict[str, list[Path]] = {}
    for source in sources:
        of_source = [receipt for receipt in receipts if receipt.source == source.name]
        files = compaction.open_deliveries(settings, source.name, of_source, report)
        ordered = source.load_typed_models(settings.sql_dir)
        if not files:
            type_nothing(connection, source, ordered)
            continue
        for model in ordered:
            shown[model.name] = [made[model.name] for made in files]
            listed = ", ".join(map(quoted, shown[model.name]))
            select = f"select * from read_parquet([{listed}])"  # noqa: S608 - paths of our own cache, quoted
            connection.execute(f"create view typed.{model.name} as {select}")
    return shown


def type_nothing(connection: duckdb.DuckDBPyConnection, source: Source, ordered: list[models.Model]) -> None:
    """Give a source that never delivered its typed tables, by typing raw tables without a row."""
    connection.execute("attach if not exists ':memory:' as raw")
    raw_views.create_empty_raw(connection, source)
    for model in ordered:
        connection.execute(f"create table typed.{model.name} as\n{model.sql}")


def run_models(
    connection: duckdb.DuckDBPyConnection,
    ordered: Iterable[models.Model | models.Estimate],
    say: Callable[[str], None] = lambda line: None,
    scratch: Path | None = None,
    unchanged: Collection[str] = (),
    *,
    engine: Engine = DUCKDB,
) -> None:
    """Make each model's table, in order; estimates pass through a file in `scratch`. What fails names its table.

    unchanged: tables that are there already, those of the live snapshot. Where there are any, its code is this code,
    and estimates may keep rows of it. engine: what runs the SELECTs; estimates read the tables it made.
    """
    earlier = parent_views.PARENT if unchanged else None
    for model in ordered:
        if model.table in unchanged:
            continue
        try:
            if isinstance(model, models.Estimate):
                estimates.create_table(connection, model.name, scratch, earlier)
            else:
                engine.make_table(connection, model)
        except (duckdb.Error, ValueError) as error:
            kind = "pipeline/estimates" if isinstance(model, models.Estimate) else f"sql/{model.layer}"
            error.add_note(f"while building {model.table} from the file of that name in {kind}")
            raise
        say(model.table)


def fill_meta(connection: duckdb.DuckDBPyConnection, receipts: list[Receipt], snapshot: dict[str, Any]) -> None:
    """Fill the tables that say what this candidate was made from."""
    current = {receipt.delivery_id for receipt in current_receipts(receipts)}
    deliveries = [_delivery_row(receipt, receipt.delivery_id in current) for receipt in receipts]
    tables = [row for receipt in receipts for row in _table_rows(receipt)]
    row = {name: value for name, value in snapshot.items() if name not in ("sources", "runs")}
    insert_rows(connection, "meta.delivery", deliveries)
    insert_rows(connection, "meta.delivery_table", tables)
    insert_rows(connection, "meta.snapshot", [row])
    insert_rows(connection, "meta.source", snapshot.get("sources", []))
    insert_rows(connection, "meta.run", snapshot.get("runs", []))


def fill_review_queue(connection: duckdb.DuckDBPyConnection, sql_dir: Path) -> None:
    """List what a person should decide: reported names, and counts on which two registers of trials disagree."""
    for path in sorted(sql_dir.glob("review_queue*.sql")):
        connection.execute("insert into meta.review_queue by name\n" + path.read_text())


def create_views(connection: duckdb.DuckDBPyConnection, sql_dir: Path) -> None:
    """Create the views that answer the questions analysts ask first; what fails names its view."""
    for view in models.load_views(sql_dir):
        try:
            connection.execute(f"create view {view.table} as\n{view.sql}")
        except duckdb.Error as error:
            error.add_note(f"while creating the view {view.table} from the file of that name in sql/{models.VIEWS}")
            raise


def _delivery_row(receipt: Receipt, is_current: bool) -> dict[str, Any]:
    return {
        "source": receipt.source,
        "delivery_id": receipt.delivery_id,
        "period": receipt.period,
        "era": receipt.era,
        "content_sha256": receipt.content_sha256,
        "received_at": receipt.received_at.isoformat(),
        "origin": receipt.origin,
        "is_current": is_current,
        "raw_in": receipt.raw_in,
        "reissue_of": receipt.reissue_of,
        **{
            column: sum(getattr(table, key) for table in receipt.tables.values())
            for key, column in LINE_COUNTS.items()
        },
    }


def _table_rows(receipt: Receipt) -> list[dict[str, Any]]:
    return [
        {
            "source": receipt.source,
            "delivery_id": receipt.delivery_id,
            "table_name": name,
            "member": counts.member,
            "member_sha256": counts.sha256,
            **{column: getattr(counts, key) for key, column in LINE_COUNTS.items()},
            "unlisted_columns": " ".join(counts.unlisted_columns) or None,
        }
        for name, counts in receipt.tables.items()
    ]


LINE_COUNTS = {
    "physical_lines": "physical_line_count",
    "header_lines": "header_line_count",
    "blank_lines": "blank_line_count",
    "staged_lines": "staged_line_count",
    "quarantined_lines": "quarantined_line_count",
    "splits": "split_count",
    "joins": "join_count",
    "records": "record_count",
}


def describe(connection: duckdb.DuckDBPyConnection, sql_dir: Path) -> None:
    """Create the macros, comment all that is in the file with its meaning, and copy the contract to `meta`."""
    promised = load_contract(sql_dir)
    connection.execute((sql_dir / "macros.sql").read_text())
    _comment_tables(connection, promised)
    built = list_columns(connection, CATALOG)
    columns = [
        _column_row(promised, table, name, kind) for table, found in built.items() for name, kind in found.items()
    ]
    for row in columns:
        if row["meaning"]:
            name = f'{row["table_name"]}."{row["column_name"]}"'
            connection.execute(f"comment on column {name} is {literal(row['meaning'])}")
    insert_rows(connection, "meta.column", columns)
    insert_rows(connection, "meta.vocabulary", [_word_row(word) for word in promised.words])


def _comment_tables(connection: duckdb.DuckDBPyConnection, promised: Contract) -> None:
    for table, meaning in promised.meanings.items():
        kind = "macro table" if table.startswith(MACROS) else "view" if table in promised.views else "table"
        connection.execute(f"comment on {kind} {table} is {literal(meaning)}")


def _column_row(promised: Contract, table: str, name: str, kind: str) -> dict[str, Any]:
    """What `meta.column` says of one column; a code list's is defined by the shared row of its name."""
    column = promised.find_column(table, name)
    return {
        "table_name": table,
        "column_name": name,
        "column_type": kind,
        "nullability": (column and column.nullability) or None,
        "vocabulary": (column and column.vocabulary) or None,
        "meaning": column and column.meaning,
    }


def _word_row(word: Word) -> dict[str, Any]:
    return {
        "vocabulary": word.vocabulary,
        "value": word.value,
        "subset": " ".join(word.subsets) or None,
        "meaning": word.meaning,
    }
