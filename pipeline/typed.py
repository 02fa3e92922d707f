"""Row-local work, done once per delivery: types and codes its rows, and keeps the answer as Parquet.

A typed file's name carries the hash of everything it depends on (the delivery's bytes, the SELECT, the code
lists that SELECT names, the engine), so a file that exists is current, and an edit of a code list makes new ones.
What needs more than one delivery (versions, deletions) does not belong here.

Raw files are verified against their recorded hashes before they are typed. Beside each typed file is its own sha256
(`<name>.sha256`), written before the file appears; `open_delivery` verifies it, and one that differs is made again.
"""

import hashlib
import os
import re
import shutil
import tempfile
import uuid
from collections.abc import Collection
from pathlib import Path

import duckdb

from pipeline import models, pieces, raw_views
from pipeline.durable import sha256_of, write_durably
from pipeline.errors import DeliveryNotTyped, IntermediateDamaged
from pipeline.landing import store
from pipeline.landing.receipts import Receipt
from pipeline.landing.repair import NO_ACTION, Report, ensure_raw, log_repair
from pipeline.quoting import literal, quoted
from pipeline.settings import Settings
from pipeline.sources import find_source
from pipeline.sources.record import Source


class Names:
    """The names of the typed files of one source's deliveries, as its models and code lists read now."""

    def __init__(self, settings: Settings, source: str) -> None:
        self._folder = settings.cache / "typed" / source
        self.models = models.load_typed_models(settings.sql_dir, source)
        self._functions = (settings.sql_dir / "functions.sql").read_bytes()
        self._codes = models.CodeLists(settings.sql_dir)
        self._files: dict[int, dict[models.Model, str]] = {}

    def find(self, receipt: Receipt) -> dict[models.Model, Path]:
        """The path of the typed rows of a delivery by model, in the order in which they are made."""
        version = receipt.receipt_version
        if version not in self._files:
            self._files[version] = {model: self._name_file(model, version) for model in self.models}
        folder = self._folder / receipt.content_sha256
        return {model: folder / name for model, name in self._files[version].items()}

    def _name_file(self, model: models.Model, receipt_version: int) -> str:
        digest = hashlib.sha256(f"{receipt_version}\0{duckdb.__version__}\0".encode())
        digest.update(self._functions)
        for part in (model, *_find_needed(model, self.models)):
            digest.update(part.sql.encode())
            for name in part.codes:
                digest.update(self._codes.read(name))
        return f"{model.name}-{digest.hexdigest()[:16]}.parquet"


def type_delivery(settings: Settings, receipt: Receipt, report: Report = log_repair) -> dict[str, Path]:
    """The typed Parquet of one delivery by model name, made where it is not there yet; what exists is not read.

    Safe to run at the same time in several processes: a file appears whole, by rename. report: called with each
    damaged file that was made again. Raises DeliveryNotTyped where the delivery's data or size are the cause,
    DeliveryDamaged where its raw files are damaged and cannot be rebuilt; what no delivery could survive is raised as
    it is.
    """
    wanted = Names(settings, receipt.source).find(receipt)
    if not all(path.exists() for path in wanted.values()):
        _complete(settings, receipt, wanted, report)
    return {model.name: path for model, path in wanted.items()}


def open_delivery(
    settings: Settings, receipt: Receipt, report: Report = log_repair, names: Names | None = None
) -> dict[str, Path]:
    """The typed Parquet of one delivery, every file verified against its recorded sha256 and made again where it
    differs. Raises as `type_delivery` does. names: those of its source, for who opens many deliveries."""
    wanted = (names or Names(settings, receipt.source)).find(receipt)
    if not all(is_as_recorded(path) for path in wanted.values()):
        _complete(settings, receipt, wanted, report)
    return {model.name: path for model, path in wanted.items()}


def find_altered_typed(settings: Settings, receipt: Receipt) -> list[Path]:
    """The typed files of a delivery that do not have their recorded sha256. What is missing, or was made by a version
    that recorded none, is made anew before it is read."""
    paths = Names(settings, receipt.source).find(receipt).values()
    return [path for path in paths if is_altered(path)]


def _complete(settings: Settings, receipt: Receipt, wanted: dict[models.Model, Path], report: Report) -> None:
    """Make the files that are missing or altered, from verified raw files; one process at a time for a delivery."""
    with store.lock(settings.cache / "typed" / receipt.source / ".locks" / receipt.content_sha256[:12]):
        _discard_altered(receipt, wanted, report)
        if all(path.exists() for path in wanted.values()):  # made by another process meanwhile
            return
        ensure_raw(settings, receipt, find_source(receipt.source).stage, report)
        try:
            _make(settings, receipt, wanted)
        except WITH_ANY_DELIVERY:
            raise
        except (duckdb.Error, MemoryError) as error:
            raise _not_typed(settings, receipt, error) from error


def _discard_altered(receipt: Receipt, wanted: dict[models.Model, Path], report: Report) -> None:
    """Remove typed files that differ from their sha256; a file of an earlier version has none and is made again."""
    altered = [path for path in wanted.values() if path.exists() and not is_as_recorded(path)]
    if damaged := [path for path in altered if is_altered(path)]:
        names = ", ".join(path.name for path in damaged)
        fact = f"typed files of delivery {receipt.delivery_id} were altered: {names}; made again from its raw files"
        report(IntermediateDamaged(fact, where=str(damaged[0].parent), todo=NO_ACTION))
    for path in altered:
        path.unlink()
        hash_path(path).unlink(missing_ok=True)


def is_as_recorded(path: Path) -> bool:
    """Whether a file has the sha256 that was recorded beside it; False where file or record is missing."""
    try:
        return hash_path(path).read_bytes() == _hash_line(path)
    except FileNotFoundError:
        return False


def is_altered(path: Path) -> bool:
    """Whether a file is there and does not have the sha256 that was recorded of it."""
    return path.exists() and hash_path(path).exists() and not is_as_recorded(path)


def hash_path(path: Path) -> Path:
    """Where the sha256 of a typed file is recorded."""
    return path.with_suffix(".sha256")


def _hash_line(path: Path, named: Path | None = None) -> bytes:
    """The line that sha256sum writes for a file, and checks."""
    return f"{sha256_of(path)}  {(named or path).name}\n".encode()


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
        todo=f"correct the model, or raise NIGHTVIGIL_LANDING_MEMORY_LIMIT (now {settings.landing_memory_limit})",
    )


def forget_typed(settings: Settings, receipt: Receipt) -> None:
    """Remove the typed rows of a delivery that was withdrawn: they name a delivery that is no more."""
    shutil.rmtree(settings.cache / "typed" / receipt.source / receipt.content_sha256, ignore_errors=True)


def _find_needed(model: models.Model, ordered: list[models.Model]) -> list[models.Model]:
    """The typed models that a model reads, at any distance, in order; it may read only those before it."""
    earlier = ordered[: ordered.index(model)]
    read = [other for other in earlier if re.search(rf"\btyped\.{other.name}\b", model.sql)]
    further = [found for other in read for found in _find_needed(other, earlier)]
    return [other for other in earlier if other in read or other in further]


def _make(settings: Settings, receipt: Receipt, wanted: dict[models.Model, Path]) -> None:
    """Make what is missing, in the order of the names; a model may read an earlier one of the same delivery."""
    source = find_source(receipt.source)
    raw = settings.raw / receipt.source / receipt.raw_in
    with open_session(settings, settings.landing_memory_limit) as connection:
        load_codes(connection, settings.sql_dir, {name for model in wanted for name in model.codes})
        connection.execute("attach ':memory:' as raw")
        connection.execute("attach ':memory:' as typed")
        if _is_typed_in_pieces(source):
            _make_in_pieces(connection, raw, source, receipt, wanted)
        else:
            raw_views.view_raw(connection, raw, source, receipt)
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
        for number, piece in enumerate(pieces.read_pieces(raw / f"{table.file}.parquet")):
            connection.register("piece", piece)
            connection.execute("create or replace table raw.piece as select * from piece")
            connection.unregister("piece")
            rows = raw_views.add_origin("raw.piece", receipt)
            connection.execute(f"create or replace view raw.{source.name}_{table.name} as {rows}")
            for model, made in parts.items():
                made.append(Path(scratch) / f"{model.name}-{number}.parquet")
                _copy(connection, model, made[-1])
                _view_model(connection, model, made[-1])
        for model, path in wanted.items():
            if not path.exists():
                settle(pieces.join_parts(parts[model], Path(scratch) / path.name), path)


def _write_models(connection: duckdb.DuckDBPyConnection, wanted: dict[models.Model, Path]) -> None:
    """Write each model's rows to its path, where they are not there yet, and show them as `typed.<model>`."""
    for model, path in wanted.items():
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
            _copy(connection, model, draft)
            settle(draft, path)
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


def open_session(settings: Settings, memory_limit: str) -> duckdb.DuckDBPyConnection:
    """An in-memory session within this limit, spilling beside the data."""
    spill = settings.cache / "spill"
    spill.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(":memory:")
    connection.execute(f"set temp_directory = {quoted(spill / uuid.uuid4().hex)}")
    connection.execute(f"set memory_limit = {literal(memory_limit)}")
    connection.execute(f"set threads = {int(settings.threads)}")
    connection.execute("set enable_progress_bar = false")
    connection.execute("set preserve_insertion_order = false")
    connection.execute("set TimeZone = 'UTC'")
    return connection


def load_codes(connection: duckdb.DuckDBPyConnection, sql_dir: Path, wanted: Collection[str] | None = None) -> None:
    """Load what words mean: each list of `sql/codes` as a table `codes.<name>`, and the functions of a session.

    A list that is a file has columns of text, and a blank in it is null. A list that follows from others is made
    after them. wanted: the lists that are needed, with those they follow from; all of them where None.
    """
    connection.execute((sql_dir / "functions.sql").read_text())
    connection.execute("create schema if not exists codes")
    files, derived = models.find_code_lists(sql_dir), models.find_derived_code_lists(sql_dir)
    if wanted is not None:
        derived = {name: path for name, path in derived.items() if name in wanted}
        followed = {name for path in derived.values() for name in models.find_named_code_lists(path.read_text())}
        files = {name: path for name, path in files.items() if name in followed.union(wanted)}
    for path in files.values():
        connection.execute(
            f"create table codes.{path.stem} as select * from read_csv({quoted(path)}, "  # noqa: S608
            "delim = ',', quote = '\"', escape = '\"', header = true, all_varchar = true, nullstr = '')"
        )
    for name, path in derived.items():
        connection.execute(f"create table codes.{name} as {path.read_text()}")


def settle(draft: Path, path: Path) -> None:
    """Put a typed file in its place, after its sha256: a file without one was made by an earlier version."""
    with draft.open("rb+") as file:
        os.fsync(file.fileno())
    write_durably(hash_path(path), _hash_line(draft, path))
    draft.replace(path)
