"""Row-local work, done once per delivery: types and codes its rows, and keeps the answer as Parquet.

A typed file's name carries the hash of everything it depends on (the delivery's bytes, the SELECT, the code
lists that SELECT names, the engine), so a file that exists is right, and an edit of a code list makes new ones.
What needs more than one delivery (versions, deletions) does not belong here.

Records are typed a piece at a time: DuckDB parses a whole vector of documents once for each JSON function, which
takes about sixty times their size. Tables with lines are read as streams and need no pieces.
"""

import hashlib
import os
import re
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline import models
from pipeline.errors import DeliveryNotTyped
from pipeline.landing.receipts import Receipt
from pipeline.settings import Settings
from pipeline.sources import find_source
from pipeline.sources.record import Source


def type_delivery(settings: Settings, receipt: Receipt) -> dict[str, Path]:
    """The typed Parquet of one delivery by model name, made where it is not there yet.

    Safe to run at the same time in several processes: a file appears whole, by rename. Raises DeliveryNotTyped
    where the delivery's data or size are the cause; what no delivery could survive is raised as it is.
    """
    wanted = {model: typed_path(settings, receipt, model) for model in _models_of(settings, receipt)}
    if not all(path.exists() for path in wanted.values()):
        try:
            _make(settings, receipt, wanted)
        except WITH_ANY_DELIVERY:
            raise
        except (duckdb.Error, MemoryError) as error:
            raise _not_typed(settings, receipt, error) from error
    return {model.name: path for model, path in wanted.items()}


# A model that is no SQL, names what does not exist, or cannot write is not the fault of the delivery at hand.
WITH_ANY_DELIVERY = (
    duckdb.ParserException,
    duckdb.SyntaxException,
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.IOException,
)


def _not_typed(settings: Settings, receipt: Receipt, error: Exception) -> DeliveryNotTyped:
    reason = (str(error) or type(error).__name__).splitlines()[0]
    return DeliveryNotTyped(
        f"delivery {receipt.delivery_id} cannot be typed: {reason}",
        where="; ".join(getattr(error, "__notes__", [])) or f"sql/typed/{receipt.source}_*.sql",
        todo=f"correct the model, or raise NIGHTVIGIL_MEMORY_LIMIT (now {settings.memory_limit})",
    )


def forget_typed(settings: Settings, receipt: Receipt) -> None:
    """Remove the typed rows of a delivery that was withdrawn: they name a delivery that is no more."""
    shutil.rmtree(settings.cache / "typed" / receipt.source / receipt.content_sha256, ignore_errors=True)


def typed_path(settings: Settings, receipt: Receipt, model: models.Model) -> Path:
    """The path of the typed rows of a delivery for a model as it reads today."""
    digest = hashlib.sha256(f"{receipt.receipt_version}\0{duckdb.__version__}\0".encode())
    digest.update((settings.sql_dir / "functions.sql").read_bytes())
    needed = _find_needed(model, _models_of(settings, receipt))
    for part in (model, *needed):
        digest.update(part.sql.encode())
        for name in part.codes:
            digest.update(models.read_code_list(settings.sql_dir, name))
    folder = settings.cache / "typed" / receipt.source / receipt.content_sha256
    return folder / f"{model.name}-{digest.hexdigest()[:16]}.parquet"


def _find_needed(model: models.Model, ordered: list[models.Model]) -> list[models.Model]:
    """The typed models that a model reads, at any distance, in order; it may read only those before it."""
    earlier = ordered[: ordered.index(model)]
    read = [other for other in earlier if re.search(rf"\btyped\.{other.name}\b", model.sql)]
    further = [found for other in read for found in _find_needed(other, earlier)]
    return [other for other in earlier if other in read or other in further]


def _models_of(settings: Settings, receipt: Receipt) -> list[models.Model]:
    return models.load_typed_models(settings.sql_dir, receipt.source)


PIECE_BYTES = 2 << 20  # of records typed at once; a longer record is a piece of its own


def _make(settings: Settings, receipt: Receipt, wanted: dict[models.Model, Path]) -> None:
    """Make what is missing, in the order of the names; a model may read an earlier one of the same delivery."""
    source = find_source(receipt.source)
    raw = settings.raw / receipt.source / receipt.raw_in
    with open_session(settings) as connection:
        load_codes(connection, settings.sql_dir)
        connection.execute("attach ':memory:' as raw")
        connection.execute("attach ':memory:' as typed")
        if _is_typed_in_pieces(source):
            _make_in_pieces(connection, raw, source, receipt, wanted)
        else:
            view_raw(connection, raw, source, receipt)
            _write_models(connection, wanted)


def _is_typed_in_pieces(source: Source) -> bool:
    """Whether any run of rows can be typed apart from the rest: one table, whose rows are whole records."""
    return not source.has_lines and len(source.raw_tables) == 1


def _make_in_pieces(
    connection: duckdb.DuckDBPyConnection,
    raw: Path,
    source: Source,
    receipt: Receipt,
    wanted: dict[models.Model, Path],
) -> None:
    """Type the records of a delivery piece by piece; each model's pieces become one file, in the order of the
    records."""
    (table,) = source.raw_tables
    home = next(iter(wanted.values())).parent
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".pieces-", dir=home) as scratch:
        parts: dict[models.Model, list[Path]] = {model: [] for model in wanted}
        for number, piece in enumerate(_read_pieces(raw / f"{table.file}.parquet")):
            connection.register("piece", piece)
            connection.execute("create or replace table raw.piece as select * from piece")
            connection.unregister("piece")
            rows = _with_origin("raw.piece", receipt)
            connection.execute(f"create or replace view raw.{source.name}_{table.name} as {rows}")
            for model, made in parts.items():
                made.append(Path(scratch) / f"{model.name}-{number}.parquet")
                _copy(connection, model, made[-1])
                _view_model(connection, model, made[-1])
        for model, path in wanted.items():
            if not path.exists():
                _settle(_join_parts(parts[model], Path(scratch) / path.name), path)


def _read_pieces(path: Path) -> Iterator[pa.Table]:
    """The records of a raw file in runs of at most PIECE_BYTES of text; one empty run where there are none."""
    count = 0
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            rows = file.read_row_group(group)
            for begin, end in _cut(_row_bytes(rows), PIECE_BYTES):
                count += 1
                yield rows.slice(begin, end - begin)
        if not count:
            yield file.schema_arrow.empty_table()


def _row_bytes(rows: pa.Table) -> list[int]:
    """The bytes of text in each row."""
    total = [0] * rows.num_rows
    for column in rows.columns:
        if pa.types.is_string(column.type):
            lengths = pc.binary_length(column).to_pylist()
            total = [size + (length or 0) for size, length in zip(total, lengths, strict=True)]
    return total


def _cut(sizes: list[int], limit: int) -> Iterator[tuple[int, int]]:
    """Runs (begin, end) that cover all rows, each of at most `limit` bytes or of one row."""
    begin = total = 0
    for row, size in enumerate(sizes):
        if row > begin and total + size > limit:
            yield begin, row
            begin, total = row, 0
        total += size
    if sizes:
        yield begin, len(sizes)


def _join_parts(parts: list[Path], target: Path) -> Path:
    """One file with the rows of all parts in their order; the part itself where there is only one."""
    if len(parts) == 1:
        return parts[0]
    with pq.ParquetWriter(target, pq.read_schema(parts[0]), compression="zstd") as writer:
        for part in parts:
            rows = pq.read_table(part)
            if rows.num_rows:
                writer.write_table(rows)
    return target


def _write_models(connection: duckdb.DuckDBPyConnection, wanted: dict[models.Model, Path]) -> None:
    """Write each model's rows to its path, where they are not there yet, and show them as `typed.<model>`."""
    for model, path in wanted.items():
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
            _copy(connection, model, draft)
            _settle(draft, path)
        _view_model(connection, model, path)


def _copy(connection: duckdb.DuckDBPyConnection, model: models.Model, target: Path) -> None:
    try:
        connection.execute(f"copy ({model.sql}\n) to {quoted(target)} (format parquet, compression zstd)")
    except duckdb.Error as error:
        error.add_note(f"sql/typed/{model.name}.sql")
        raise


def _view_model(connection: duckdb.DuckDBPyConnection, model: models.Model, path: Path) -> None:
    rows = f"select * from read_parquet({quoted(path)})"  # noqa: S608 - a path of our own cache
    connection.execute(f"create or replace view typed.{model.name} as {rows}")


def view_raw(connection: duckdb.DuckDBPyConnection, folder: Path, source: Source, receipt: Receipt) -> None:
    """Show one delivery's raw Parquet as views `raw.<source>_<table>`, each row with where it came from."""
    for table in source.raw_tables:
        path = folder / f"{table.file}.parquet"
        if path.exists():
            rows = (
                _ledgered_rows(connection, path, receipt)
                if source.has_lines
                else _with_origin(f"read_parquet({quoted(path)})", receipt)
            )
            connection.execute(f"create or replace view raw.{source.name}_{table.name} as {rows}")


def create_empty_raw(connection: duckdb.DuckDBPyConnection, source: Source) -> None:
    """Give a source that never delivered its raw tables without a row, with the columns that the views have."""
    added = LEDGERED if source.has_lines else RECORDED
    for table in source.raw_tables:
        columns = [(column, "varchar") for column in table.columns] + list(added)
        listed = ", ".join(f"{column} {kind}" for column, kind in columns)
        connection.execute(f"create or replace table raw.{source.name}_{table.name} ({listed})")


LEDGERED = (("period", "varchar"), ("era", "varchar"), ("line_number", "bigint"))
RECORDED = (("record_number", "bigint"), ("delivery_id", "varchar"), ("received_at", "varchar"))


def _ledgered_rows(connection: duckdb.DuckDBPyConnection, path: Path, receipt: Receipt) -> str:
    """Rows of a text table with period, era and the physical line each record begins on.

    The ledger is run-length: a run of plain records has a line a row; a joined record has several lines for
    its one row, a split line several rows for its one line. Few lines are odd, so a row's line is found by a short
    `case`; a file with many odd lines is joined to its ledger, which costs a sort of the rows.
    """
    runs = f"""
        select first_row, line_count, row_count, first_line
        from read_parquet({quoted(path.with_name("lines.parquet"))})
        where table_name = {literal(path.stem)} and fate = 'staged'
    """  # noqa: S608 - paths of our own and values of our own receipt, quoted
    steps = _steps(connection.execute(f"{runs} order by first_row").fetchall())
    line, join = "runs.first_line + least(rows.file_row_number - runs.first_row, runs.line_count - 1)", ""
    if len(steps) <= MANY_STEPS:
        line = _case(steps)
    else:
        join = f"asof left join ({runs}) as runs on rows.file_row_number >= runs.first_row"
    return f"""
        select
            rows.* exclude (file_row_number),
            {literal(receipt.period)} as period,
            {literal(receipt.era)} as era,
            ({line})::bigint as line_number
        from read_parquet({quoted(path)}, file_row_number = true) as rows {join}
    """  # noqa: S608 - as above


MANY_STEPS = 100


def _steps(runs: list[tuple[int, int, int, int]]) -> list[tuple[int, int | None, int]]:
    """Where the distance from row to line changes: (first row, the one line of a split or None, distance)."""
    steps: list[tuple[int, int | None, int]] = []
    for first_row, line_count, row_count, first_line in runs:
        is_split = line_count == 1 and row_count > 1
        step = (first_row, first_line if is_split else None, first_line - first_row)
        if not steps or is_split or steps[-1][1:] != step[1:]:
            steps.append(step)
    return steps


def _case(steps: list[tuple[int, int | None, int]]) -> str:
    if not steps:
        return "null"
    lines = [str(line) if line is not None else f"rows.file_row_number + {distance}" for _, line, distance in steps]
    ends = [f"when rows.file_row_number < {first_row}" for first_row, _, _ in steps[1:]]
    branches = " ".join(f"{end} then {line}" for end, line in zip(ends, lines, strict=False))
    return f"case {branches} else {lines[-1]} end" if branches else lines[-1]


def _with_origin(rows: str, receipt: Receipt) -> str:
    """Records with the delivery they came with. rows: what a FROM clause may name."""
    return f"""
        select
            *,
            {literal(receipt.delivery_id)} as delivery_id,
            {literal(receipt.received_at.isoformat())} as received_at
        from {rows}
    """  # noqa: S608 - as above


def open_session(settings: Settings) -> duckdb.DuckDBPyConnection:
    """An in-memory session within the limits of the settings, spilling beside the data."""
    spill = settings.cache / "spill"
    spill.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(":memory:")
    connection.execute(f"set temp_directory = {quoted(spill / uuid.uuid4().hex)}")
    connection.execute(f"set memory_limit = {literal(settings.memory_limit)}")
    connection.execute(f"set threads = {int(settings.threads)}")
    connection.execute("set enable_progress_bar = false")
    connection.execute("set preserve_insertion_order = false")
    connection.execute("set TimeZone = 'UTC'")
    return connection


def load_codes(connection: duckdb.DuckDBPyConnection, sql_dir: Path) -> None:
    """Load what words mean: each list of `sql/codes` as a table `codes.<name>`, and the functions of a session.

    A list's columns are text and a blank in it is null. A list that follows from others is made after them.
    """
    connection.execute((sql_dir / "functions.sql").read_text())
    connection.execute("create schema if not exists codes")
    for path in models.find_code_lists(sql_dir).values():
        connection.execute(
            f"create table codes.{path.stem} as select * from read_csv({quoted(path)}, "  # noqa: S608
            "delim = ',', quote = '\"', escape = '\"', header = true, all_varchar = true, nullstr = '')"
        )
    for name, path in models.find_derived_code_lists(sql_dir).items():
        connection.execute(f"create table codes.{name} as {path.read_text()}")


def quoted(path: Path) -> str:
    """A path as an SQL string."""
    return literal(str(path))


def literal(text: str | None) -> str:
    """A text as an SQL string, for statements that take no parameters; null where there is none."""
    return "null::varchar" if text is None else "'" + text.replace("'", "''") + "'"


def _settle(draft: Path, path: Path) -> None:
    with draft.open("rb+") as file:
        os.fsync(file.fileno())
    draft.replace(path)
