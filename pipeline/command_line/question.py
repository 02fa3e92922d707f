"""One query in a process of its own, within limits that the kernel enforces. `sandbox` starts this file as a script.

DuckDB counts the memory of tables and sorts, and not that of one long text; and it does not stop within a function.
So the process has a limit of its own, and the one that started it kills it when the time is over. Nothing but DuckDB
and the standard library is imported, because a person waits for it.

The task comes as JSON on standard input; the answer goes to standard output as pickled tuples: ("columns", names,
types), any number of ("rows", list of rows), and ("end",); or ("refused", reason) where DuckDB refused the query.
"""

import json
import pickle
import resource
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

ALLOWED = ("SELECT", "EXPLAIN")
ROWS_AT_ONCE = 10_000
OWN_BYTES = 256 << 20  # beside DuckDB's limit: its catalog and the rows on their way out
THREAD_BYTES = 16 << 20  # the stack of a thread and what its allocator holds


class NotOneQuery(Exception):
    """The text is not exactly one statement that only reads."""


def main() -> None:
    """Answer the question of standard input on standard output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; who started this kills it
    task = json.load(sys.stdin)
    limit_process(task["memory_bytes"] + OWN_BYTES, task["seconds"], task["threads"])
    for message in answer(task):
        pickle.dump(message, sys.stdout.buffer, protocol=5)
        sys.stdout.buffer.flush()


def answer(task: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """The messages that answer a task, in their order."""
    try:
        connection = open_sandbox(Path(task["database"]), memory_limit=task["memory_limit"], threads=task["threads"])
        yield ("ready",)
        require_one_statement(connection, task["question"])
        cursor = connection.execute(task["question"])
        columns = cursor.description or []
        yield "columns", [column[0] for column in columns], [str(column[1]) for column in columns]
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield "rows", rows
        yield ("end",)
    except NotOneQuery as refusal:
        yield "not one query", str(refusal)
    except (MemoryError, duckdb.OutOfMemoryException) as error:
        yield "out of memory", (str(error) or "MemoryError").splitlines()[0]
    except duckdb.Error as error:
        yield "refused", str(error)


def limit_process(memory_bytes: int, seconds: float, threads: int) -> None:
    """Limit the memory this process may take beyond what it has, and the processor time should nobody end it."""
    data = memory_bytes + threads * THREAD_BYTES + _count_data_bytes()
    resource.setrlimit(resource.RLIMIT_DATA, (data, data))
    processor = int(seconds + 10) * threads + 10
    resource.setrlimit(resource.RLIMIT_CPU, (processor, processor))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def open_sandbox(database: Path, *, memory_limit: str, threads: int) -> duckdb.DuckDBPyConnection:
    """A read-only connection that can reach nothing but its own database, with its configuration locked."""
    connection = duckdb.connect(
        str(database),
        read_only=True,
        config={
            "threads": threads,
            "memory_limit": memory_limit,
            "enable_external_access": False,
            "autoload_known_extensions": False,
            "autoinstall_known_extensions": False,
            "allow_community_extensions": False,
            "temp_directory": "",
        },
    )
    for setting in ("enable_progress_bar = false", "python_enable_replacements = false", "lock_configuration = true"):
        connection.execute(f"set {setting}")
    return connection


def require_one_statement(connection: duckdb.DuckDBPyConnection, question: str) -> None:
    """Raise NotOneQuery unless the text is exactly one statement that only reads."""
    kinds = [statement.type.name for statement in connection.extract_statements(question)]
    if len(kinds) != 1 or kinds[0] not in ALLOWED:
        raise NotOneQuery(f"a query is one SELECT, and this is {', '.join(kinds) or 'empty'}")


def _count_data_bytes() -> int:
    """The writable private memory of this process, as RLIMIT_DATA counts it; 0 where the kernel does not say."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmData:")) << 10


if __name__ == "__main__":
    main()
