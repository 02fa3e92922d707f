"""One query on a published snapshot: one SELECT, read-only, without files, network or settings, in limited time.

DuckDB has no privileges of its own. What confines a query is that the file is opened read-only, external access
is off and the configuration is locked before the query is seen. The files are also read-only on the disk. It runs in
a process of its own (`question`), whose memory the kernel limits and which is killed when its time is over.
"""

import json
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from pipeline.command_line.output import Result
from pipeline.errors import NightvigilError, UsageError
from pipeline.settings import Settings

SCRIPT = Path(__file__).with_name("question.py")
START_SECONDS = 60.0  # to import DuckDB and open the snapshot, on a busy machine
HINT = "`nightvigil tables` lists what there is, `nightvigil describe TABLE` its columns"
WHERE = "nightvigil sql"
UNITS = {"K": 1, "M": 2, "G": 3, "T": 4}
_VALUE_MODULES = {"datetime", "decimal", "uuid", "pytz", "zoneinfo"}  # of the values that DuckDB returns


def query(settings: Settings, database: Path, question: str, *, seconds: float, max_rows: int) -> Result:
    """The result of one SELECT (or WITH, VALUES, DESCRIBE, SUMMARIZE, EXPLAIN).

    Raises UsageError for anything else, for SQL that DuckDB refuses, and for more than max_rows rows;
    NightvigilError when it takes longer than `seconds` or more memory than the settings allow.
    """
    task = {
        "database": str(database),
        "question": question,
        "seconds": seconds,
        "threads": settings.threads,
        "memory_limit": settings.memory_limit,
        "memory_bytes": count_bytes(settings.memory_limit),
    }
    with _Questioner(task, seconds) as questioner:
        return _collect(questioner.read(), settings, max_rows)


def count_bytes(size: str) -> int:
    """The bytes of a size as DuckDB writes it: '600MB' is decimal, '600MiB' binary."""
    digits = size.rstrip("BbIi" + "".join(UNITS) + "".join(UNITS).lower() + " ")
    unit = size[len(digits) :].strip().upper()
    return int(float(digits) * (1024 if "I" in unit else 1000) ** UNITS[unit[0]])


def _collect(messages: Iterator[tuple[Any, ...]], settings: Settings, max_rows: int) -> Result:
    columns: list[str] = []
    kinds: list[str] = []
    rows: list[tuple[Any, ...]] = []
    for message in messages:
        match message:
            case ("columns", found, types):
                columns, kinds = found, types
            case ("rows", more):
                rows += more
                _require_few(rows, max_rows)
            case ("refused", reason):
                raise UsageError(reason, where=WHERE, todo=HINT)
            case ("not one query", reason):
                todo = "write one SELECT, WITH, VALUES, DESCRIBE or EXPLAIN; snapshots are never changed"
                raise UsageError(reason, where=WHERE, todo=todo)
            case ("out of memory", reason):
                raise _make_memory_error(settings, reason)
            case ("end",):
                return Result(columns, rows, kinds)
    # It ended before its answer was complete, and nobody ended it: a library gives up where memory is refused.
    raise _make_memory_error(settings, "its process ended before the answer was complete")


def _require_few(rows: list[tuple[Any, ...]], max_rows: int) -> None:
    """Raise UsageError where there are more than max_rows, as a part misleads."""
    if len(rows) > max_rows:
        raise UsageError(
            f"the result has more than {max_rows:,} rows",
            where=WHERE,
            todo="add a limit or a where, or allow more with --max-rows",
        )


def _make_memory_error(settings: Settings, reason: str) -> NightvigilError:
    return NightvigilError(
        f"the query needs more memory than the limit of {settings.memory_limit}: {reason}",
        where=WHERE,
        todo="query less, or raise NIGHTVIGIL_MEMORY_LIMIT",
    )


class _Questioner:
    """The process that asks, with its deadline. Its end is the end of the block, however that comes."""

    def __init__(self, task: dict[str, Any], seconds: float) -> None:
        self._task = task
        self._seconds = seconds
        self._is_late = threading.Event()

    def __enter__(self) -> "_Questioner":
        command = [sys.executable, "-P", str(SCRIPT)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process.wait()

    def read(self) -> Iterator[tuple[Any, ...]]:
        """The messages of its answer, until it ends; raises NightvigilError when that takes too long."""
        with cast(IO[bytes], self._process.stdin) as source:
            source.write(json.dumps(self._task).encode())
        stream = _Limited(cast(IO[bytes], self._process.stdout), self._task["memory_bytes"])
        with self._deadline(START_SECONDS):
            yield from _load(stream, count=1)
        with self._deadline(self._seconds):
            yield from _load(stream)
        if self._is_late.is_set():
            raise NightvigilError(
                f"the query was stopped after {self._seconds:g} s",
                where=WHERE,
                todo="query less, or allow more time with --timeout",
            )

    @contextmanager
    def _deadline(self, seconds: float) -> Iterator[None]:
        timer = threading.Timer(seconds, self._stop)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _stop(self) -> None:
        self._is_late.set()
        self._process.send_signal(signal.SIGKILL)


class _Limited:
    """A stream that refuses a result too large to be held by the one who reads it."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        self._stream = stream
        self._left = limit

    def read(self, size: int) -> bytes:
        return self._count(size, self._stream.read)

    def readline(self) -> bytes:
        return self._stream.readline()

    def _count(self, size: int, read: Any) -> bytes:
        self._left -= size
        if self._left < 0:
            raise UsageError(
                "the result is larger than the limit of memory",
                where=WHERE,
                todo="select fewer rows or shorter texts, or raise NIGHTVIGIL_MEMORY_LIMIT",
            )
        content: bytes = read(size)
        return content


class _ValueLoader(pickle.Unpickler):
    """Loads plain values only: the process on the other end answers a query from outside."""

    def find_class(self, module: str, name: str) -> Any:
        if module.partition(".")[0] not in _VALUE_MODULES:
            raise pickle.UnpicklingError(f"{module}.{name} is no value of a result")
        return super().find_class(module, name)


def _load(stream: _Limited, count: int | None = None) -> Iterator[tuple[Any, ...]]:
    """The next messages of a stream, all of them where no count is given; a stream that was cut off just ends."""
    while count is None or count > 0:
        try:
            message: tuple[Any, ...] = _ValueLoader(stream).load()
        except (EOFError, pickle.UnpicklingError):
            return
        yield message
        count = None if count is None else count - 1
