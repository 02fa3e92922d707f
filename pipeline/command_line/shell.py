"""The shell of `nightvigil sql`: queries over several lines, with history and completion of what the snapshot holds.

Each query runs as a single one does: in a process of its own, read-only, within the same limits.
"""

import os
import readline
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pipeline.command_line.describe import describe_table
from pipeline.command_line.output import Format, write
from pipeline.command_line.progress import print_message
from pipeline.command_line.sandbox import query
from pipeline.command_line.tables import list_tables
from pipeline.errors import NightvigilError
from pipeline.settings import Settings

PROMPT, CONTINUED = "nightvigil> ", "       ...> "
HISTORY_LINES = 1000
HELP = """Write one SELECT and end it with a semicolon; it may go on over several lines.
  tables [SCHEMA]     what there is to ask, with its meaning
  describe TABLE      columns, meanings and vocabularies of a table, view or macro
  help                this text
  quit                end (also Ctrl-D); Ctrl-C drops what is written, or stops a query
Tab completes names of tables, columns and macros; the arrow keys go back through what was asked before."""
KEYWORDS = ("select", "from", "where", "group by", "order by", "limit", "having", "with", "join", "using", "distinct",
            "count(*)", "describe", "summarize", "tables", "help", "quit")  # fmt: skip
NAMES = """
    select schema_name || '.' || table_name as name from duckdb_tables() where not internal
    union select schema_name || '.' || view_name from duckdb_views() where not internal
    union select column_name from duckdb_columns() where not internal
    union select function_name || '(' from duckdb_functions() where not internal and function_type = 'table_macro'
"""


class Shell:
    """A person's session with one snapshot."""

    def __init__(
        self, settings: Settings, database: Path, *, seconds: float, max_rows: int, form: Format = Format.TABLE
    ) -> None:
        self._settings, self._database = settings, database
        self._seconds, self._max_rows, self._form = seconds, max_rows, form

    def run(self) -> None:
        """Read and answer until the person ends it."""
        snapshot = self._database.parent.name
        print_message(f"snapshot {snapshot}, read-only; `help` says what can be asked, `quit` ends")
        names = [*KEYWORDS, *(row[0] for row in self._ask(NAMES).rows)]
        with _keyboard(), _history(_history_path()), _completion(names):
            while (statement := self._read()) is not None:
                self._answer(statement)

    def _read(self) -> str | None:
        """The next statement without its semicolon, blank where it was dropped; None at the end of the input."""
        lines: list[str] = []
        while True:
            try:
                lines.append(input(CONTINUED if lines else PROMPT))
            except EOFError:
                print()
                return None
            except KeyboardInterrupt:
                print()
                return ""
            statement = "\n".join(lines).strip()
            if not statement or statement.endswith(";") or (len(lines) == 1 and _is_command(statement)):
                return statement.rstrip("; \n")

    def _answer(self, statement: str) -> None:
        try:
            self._obey(statement)
        except NightvigilError as problem:
            print_message(f"{problem.what}\n  do: {problem.todo}")
        except KeyboardInterrupt:
            print_message("stopped")

    def _obey(self, statement: str) -> None:
        word, _, argument = statement.partition(" ")
        match word.lower():
            case "":
                return
            case "quit" | "exit":
                raise EndOfSession
            case "help":
                print(HELP)
            case "tables":
                write(list_tables(self._ask, argument.strip() or None), self._form)
            case "describe" if not argument.lower().startswith(("select", "with", "from", "(")):
                describe_table(self._ask, argument.strip(), self._form)
            case _:
                write(self._ask(statement), self._form)

    def _ask(self, question: str) -> Any:
        return query(self._settings, self._database, question, seconds=self._seconds, max_rows=self._max_rows)


class EndOfSession(SystemExit):
    """The person wrote `quit`."""

    code = 0


def _is_command(statement: str) -> bool:
    """Whether a line is a word of the shell, which needs no semicolon."""
    word, _, argument = statement.partition(" ")
    return word.lower() in ("quit", "exit", "help", "tables") or (word.lower() == "describe" and " " not in argument)


@contextmanager
def _keyboard() -> Iterator[None]:
    """Ctrl-C drops a line or stops a query within the block, and does not end the command."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _history(path: Path) -> Iterator[None]:
    """Read what was asked in earlier sessions, and keep what is asked in this one, for this person only."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        readline.read_history_file(path)
    readline.set_history_length(HISTORY_LINES)
    try:
        yield
    finally:
        with suppress(OSError):
            readline.write_history_file(path)


def _history_path() -> Path:
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "nightvigil" / "sql_history"


@contextmanager
def _completion(names: Sequence[str]) -> Iterator[None]:
    readline.set_completer(make_completer(names))
    readline.set_completer_delims(" \t\n(),;=<>'\"")
    readline.parse_and_bind("tab: complete")
    try:
        yield
    finally:
        readline.set_completer(None)


def make_completer(names: Sequence[str]) -> Callable[[str, int], str | None]:
    """A completer as readline calls it: the match number `state` of the names that begin with a text."""
    ordered = sorted(set(names))

    def complete(text: str, state: int) -> str | None:
        matches = [name for name in ordered if name.lower().startswith(text.lower())]
        return matches[state] if state < len(matches) else None

    return complete
