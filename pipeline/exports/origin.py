"""Where an export comes from: the snapshot, the data it holds and the code that made it."""

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipeline import __version__
from pipeline.errors import UsageError


@dataclass(frozen=True)
class Column:
    """One column: DuckDB's type and what the contract says that it means; empty where it says nothing."""

    name: str
    type: str
    meaning: str = ""


@dataclass(frozen=True)
class Origin:
    """One snapshot.

    data_lock: for each source the newest period that it holds, the day up to which its data reach and the periods
    that are missing. manifest_sha256: of the snapshot's manifest; None where it has none. code_commit: of the code
    that built it. exporter: version and commit of the code that writes the file. is_synthetic: whether any of its
    data are marked as invented.
    """

    snapshot_id: str
    started_at: str
    build_identity: str
    code_commit: str
    profile: str
    is_synthetic: bool
    data_lock: tuple[dict[str, Any], ...]
    exporter: str
    manifest_sha256: str | None

    def to_json(self) -> dict[str, Any]:
        """The fields as plain values."""
        return asdict(self) | {"data_lock": list(self.data_lock)}

    @property
    def data_lock_text(self) -> str:
        """The data lock in one line, for people."""
        return "; ".join(_state_lock(lock) for lock in self.data_lock)


def _state_lock(lock: dict[str, Any]) -> str:
    known = [lock["newest_period"] or "", f"data to {lock['data_date']}" if lock["data_date"] else ""]
    return f"{lock['source']}: {', '.join(part for part in known if part) or 'date not stated'}"


def read_origin(connection: duckdb.DuckDBPyConnection, database: Path | None, exporter_commit: str) -> Origin:
    """The origin of what a connection to a database reads. Raises UsageError for a database that is no snapshot.

    database: its file, beside which the manifest is hashed; None where that is not wanted.
    """
    try:
        found = connection.execute(
            "select run_id, started_at, build_identity, code_commit, profile, is_synthetic from meta.snapshot"
        ).fetchone()
        locks = connection.execute(
            "select source, newest_period, data_date::varchar, missing_periods from meta.source order by source"
        ).fetchall()
    except duckdb.Error as error:
        raise UsageError(
            f"this is no snapshot of Nightvigil: {str(error).splitlines()[0]}",
            where="meta.snapshot, meta.source",
            todo="name a snapshot that `nightvigil status` lists",
        ) from error
    if found is None:
        raise UsageError("no origin is stated", where="meta.snapshot", todo="run `nightvigil doctor`")
    run_id, started_at, identity, commit, profile, is_synthetic = found
    return Origin(
        snapshot_id=run_id,
        started_at=started_at or "",
        build_identity=identity or "",
        code_commit=commit or "unknown",
        profile=profile or "",
        is_synthetic=bool(is_synthetic),
        data_lock=tuple(
            dict(zip(("source", "newest_period", "data_date", "missing_periods"), lock, strict=True))
            for lock in locks
        ),
        exporter=f"nightvigil {__version__}, commit {exporter_commit}",
        manifest_sha256=hash_manifest_of(database) if database else None,
    )


def read_meanings(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """What each column of each table means, by table; as `meta.column` states it."""
    meanings: dict[str, dict[str, str]] = {}
    rows = connection.execute("select table_name, column_name, coalesce(meaning, '') from meta.column").fetchall()
    for table, column, meaning in rows:
        meanings.setdefault(table, {})[column] = meaning
    return meanings


def describe_columns(
    names: list[str], types: list[str], meanings: dict[str, dict[str, str]], tables: list[str]
) -> list[Column]:
    """The columns of a result, each with its meaning in the first of the tables read that has such a column."""
    known = [meanings[table] for table in tables if table in meanings]
    return [
        Column(name, kind, next((table[name] for table in known if table.get(name)), ""))
        for name, kind in zip(names, types, strict=True)
    ]


def hash_bytes(content: bytes) -> str:
    """The sha256 of bytes, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def hash_manifest_of(database: Path) -> str | None:
    """The sha256 of the manifest beside a snapshot's database; None where there is none."""
    path = database.with_name("manifest.json")
    return hash_bytes(path.read_bytes()) if path.is_file() else None
