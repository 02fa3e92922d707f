"""The models of `sql/`: one SELECT a file, whose path is its table and whose header says what a row is.

A header is the comment block a file opens with: what the table says, then `grain`, `key` and `not` (what the
table must not be taken for); a query of `verify` adds `why` and, where it does not stop publication, `severity`. It
becomes the table's comment in the published database. What SQL cannot express is in the same list and is a module of
`pipeline/estimates`, whose docstring is the header.

A table whose rows come from several sources may be continued: `case.sql` by `case.<source>.sql` in any folder of the
layer, a SELECT of columns of the same names. The parts are united by name, so a new source edits no SELECT.
"""

import ast
import hashlib
import itertools
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import NightvigilError

LAYERS = ("clean", "events", "intermediate", "summary", "verify")
VIEWS = "answer"
ESTIMATES = Path(__file__).with_name("estimates")
_FIELD = re.compile(r"(grain|key|not|why|severity)(?: {2,}|$)(.*)")


@dataclass(frozen=True)
class Model:
    """One table: layer, name, and the text of the SELECT that makes it."""

    layer: str
    name: str
    sql: str
    path: Path

    @property
    def table(self) -> str:
        return f"{self.layer}.{self.name}"

    @property
    def header(self) -> list[str]:
        """The lines of the comment block that the file opens with."""
        lines = itertools.takewhile(lambda line: line.startswith("--"), self.sql.splitlines())
        return [line[2:].strip() for line in lines]

    @property
    def meaning(self) -> str:
        """The header as prose, for people who describe the table."""
        return "\n".join(map(_spaced, self.header))

    @property
    def fields(self) -> dict[str, str]:
        """What the header states by field: grain, key, not, and of a query of `verify` why and severity."""
        return _read_fields(self.header)

    @property
    def codes(self) -> list[str]:
        """The code lists this model names, sorted."""
        return find_named_code_lists(self.sql)


@dataclass(frozen=True)
class Estimate:
    """One table of `summary` that Python makes: the name of its module in `pipeline/estimates`."""

    name: str
    layer: str = "summary"

    @property
    def path(self) -> Path:
        return ESTIMATES / f"{self.name}.py"

    @property
    def table(self) -> str:
        return f"{self.layer}.{self.name}"

    @property
    def header(self) -> list[str]:
        """The lines of the module's docstring, read without importing what it needs."""
        return (ast.get_docstring(ast.parse(self.path.read_text())) or "").splitlines()

    @property
    def meaning(self) -> str:
        """The module's docstring as prose."""
        return "\n".join(_spaced(line) for line in self.header if line.strip())

    @property
    def fields(self) -> dict[str, str]:
        """What the docstring states by field: grain, key and not."""
        return _read_fields(self.header)


def load_models(sql_dir: Path) -> list[Model | Estimate]:
    """The models of `order.txt`, in build order; raises NightvigilError when list and files disagree.

    A table of `summary` without a SELECT is an estimate, if there is a module of that name.
    """
    order = sql_dir / "order.txt"
    tables = [line.split("#")[0].strip() for line in order.read_text().splitlines()]
    tables = [table for table in tables if table]
    found = _gather_parts(find_model_files(sql_dir))
    estimates = {f"summary.{path.stem}" for path in ESTIMATES.glob("[!_]*.py")} - set(found)
    astray = sorted(set(found) ^ (set(tables) - estimates)) or sorted(
        {table for table in tables if tables.count(table) > 1}
    )
    if astray:
        raise NightvigilError(
            f"the list of models and the files of models disagree about {', '.join(astray)}",
            where=order.name,
            todo="list every file of sql/clean, events, intermediate, summary and verify once, in build order",
        )
    return [
        Estimate(table.removeprefix("summary.")) if table in estimates else _read(table, *found[table])
        for table in tables
    ]


def load_views(sql_dir: Path) -> list[Model]:
    """The views of `answer/`, in the order of its own list: a view may read an earlier one.

    They are read when they are asked, so they are neither built nor judged. Raises NightvigilError when list and
    files disagree.
    """
    folder = sql_dir / VIEWS
    order = folder / "order.txt"
    listed = [line.split("#")[0].strip() for line in order.read_text().splitlines()] if order.is_file() else []
    views = [f"{VIEWS}.{name}" for name in listed if name]
    found = _gather_parts({f"{VIEWS}.{name}": path for name, path in _by_name(folder, "*.sql").items()})
    astray = sorted(set(found) ^ set(views)) or sorted({view for view in views if views.count(view) > 1})
    if astray:
        raise NightvigilError(
            f"the list of views and the files of views disagree about {', '.join(astray)}",
            where=str(order),
            todo="list every file of sql/answer once, after those it reads",
        )
    return [_read(view, *found[view]) for view in views]


def load_typed_models(sql_dir: Path, source: str) -> list[Model]:
    """The row-local models of one source, in order of name: each may read an earlier one of its delivery."""
    return [_read(f"typed.{path.stem}", path) for path in sorted((sql_dir / "typed").glob(f"{source}_*.sql"))]


def find_model_files(sql_dir: Path) -> dict[str, Path]:
    """The SELECT of each table by `layer.name`, of each part that continues one by `layer.name.source`.

    Folders below a layer are for readers and no part of the name.

    Raises NightvigilError when two files would make one table.
    """
    return {f"{layer}.{name}": path for layer in LAYERS for name, path in _by_name(sql_dir / layer, "*.sql").items()}


def _gather_parts(files: dict[str, Path]) -> dict[str, list[Path]]:
    """The files of each table: the SELECT of its own name, then those that continue it, in order of source."""
    gathered: dict[str, list[Path]] = {}
    for name, path in files.items():
        table = name.rpartition(".")[0]
        gathered.setdefault(table if table in files else name, []).append(path)
    return gathered


def find_code_lists(sql_dir: Path) -> dict[str, Path]:
    """The CSV file of each code list, by name, wherever it is below `codes/`; raises as `find_model_files` does."""
    return _by_name(sql_dir / "codes", "*.csv")


def find_derived_code_lists(sql_dir: Path) -> dict[str, Path]:
    """The SELECT of each code list that follows from others, by name. It reads lists that are files only."""
    return _by_name(sql_dir / "codes", "*.sql")


class CodeLists:
    """The code lists below a folder of SQL: found once, each read once when it is asked for."""

    def __init__(self, sql_dir: Path) -> None:
        self._folder = sql_dir / "codes"
        self._files, self._derived = find_code_lists(sql_dir), find_derived_code_lists(sql_dir)
        self._contents: dict[str, bytes] = {}

    def read(self, name: str) -> bytes:
        """The bytes that decide what a code list holds: its file, or its SELECT and the files that SELECT names.

        Raises NightvigilError for a list that does not exist.
        """
        if name not in self._contents:
            self._contents[name] = self._read(name)
        return self._contents[name]

    def _read(self, name: str) -> bytes:
        if name in self._files:
            return self._files[name].read_bytes()
        if name not in self._derived:
            raise NightvigilError(
                f"there is no code list codes.{name}",
                where=str(self._folder),
                todo="name a list that exists, or add its CSV file below sql/codes",
            )
        select = self._derived[name].read_text()
        return select.encode() + b"".join(self.read(part) for part in find_named_code_lists(select))


def find_named_code_lists(sql: str) -> list[str]:
    """The code lists that a SELECT names, sorted; its comments are not read."""
    body = "\n".join(line.split("--")[0] for line in sql.splitlines())
    return sorted(set(re.findall(r"\bcodes\.(\w+)", body)))


def _by_name(folder: Path, pattern: str) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob(pattern)):
        if path.stem in found:
            raise NightvigilError(
                f"two files are named {path.name}",
                where=f"{found[path.stem].parent} and {path.parent}",
                todo="rename one: the name of a file below its layer is the name of its table",
            )
        found[path.stem] = path
    return dict(sorted(found.items()))


def hash_files(folder: Path, *patterns: str, without: Collection[str] = ()) -> str:
    """sha256 over the names and bytes of a folder's files, so that any edit changes it.

    without: names directly below the folder that are left out, with all they hold.
    """
    digest = hashlib.sha256()
    for path in sorted({path for pattern in patterns for path in folder.rglob(pattern)}):
        name = path.relative_to(folder)
        if name.parts[0] not in without:
            digest.update(f"{name.as_posix()}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _read_fields(lines: list[str]) -> dict[str, str]:
    """Each field of a header with its text; a field goes on until the next one or an empty line."""
    fields: dict[str, str] = {}
    name = None
    for line in lines:
        if found := _FIELD.match(line.strip()):
            name = found[1]
            fields[name] = _spaced(found[2])
        elif not line.strip():
            name = None
        elif name:
            fields[name] = _spaced(f"{fields[name]} {line}")
    return fields


def _spaced(line: str) -> str:
    return re.sub(r"\s+", " ", line).strip()


def _read(table: str, path: Path, *parts: Path) -> Model:
    layer, name = table.split(".")
    sql = path.read_text()
    if parts:
        header = "".join(itertools.takewhile(lambda line: line.startswith("--"), sql.splitlines(keepends=True)))
        selects = (sql.removeprefix(header), *(part.read_text() for part in parts))
        sql = header + "\nunion all by name\n".join(f"(\n{select.rstrip()}\n)" for select in selects)
    return Model(layer, name, sql, path)
