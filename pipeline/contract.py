"""The contract: what each table promises its readers, each fact written once.

Grain, key and exclusions are in the header of the table's SELECT, or in the docstring of its estimate.
`sql/columns.csv` holds the columns in the order of the SELECT: type, nullability, vocabulary, meaning. A row that
names no table defines a column wherever it occurs; the row of a table leaves blank what it inherits from there.
`sql/vocabulary.csv` holds each closed vocabulary once, and `sql/tables.csv` the meaning of what has no SELECT: code
lists, macros and `meta`.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pipeline import models
from pipeline.errors import NightvigilError

NULLABILITIES = ("nullable", "nullable key", "not null", "not null warning")
COUNT = "count"
CODES = "codes."
MACROS = "main."
ANSWER = f"{models.VIEWS}."
_WARNING = " warning"


@dataclass(frozen=True)
class Word:
    """One value of a closed vocabulary. subsets: the parts of the vocabulary it belongs to."""

    vocabulary: str
    value: str
    subsets: tuple[str, ...]
    meaning: str


@dataclass(frozen=True)
class Column:
    """One column of one table.

    nullability: blank or one of NULLABILITIES. vocabulary: blank, `count` (a whole number from 0 up), or alternatives
    joined by ` or `, each `name`, `name:subset+subset` or `codes.list.column`; followed by ` warning` where a word
    from outside is reported and does not stop publication.
    """

    table: str
    name: str
    type: str
    nullability: str
    vocabulary: str
    meaning: str

    @property
    def is_count(self) -> bool:
        return self.vocabulary == COUNT

    @property
    def alternatives(self) -> list[str]:
        """The vocabularies whose words the column may hold; none where any value may stand."""
        if self.is_count or not self.vocabulary:
            return []
        return self.vocabulary.removesuffix(_WARNING).split(" or ")

    @property
    def vocabulary_severity(self) -> str:
        return "warning" if self.vocabulary.endswith(_WARNING) else "critical"

    @property
    def must_be_stated(self) -> bool:
        return self.nullability.startswith("not null")

    @property
    def stated_severity(self) -> str:
        return "warning" if self.nullability.endswith(_WARNING) else "critical"


@dataclass(frozen=True)
class Truth:
    """What a query of `verify` states in its header: why no row may be there, and how grave one is."""

    why: str
    severity: str


@dataclass(frozen=True)
class Contract:
    """All promises. columns: by table, in order. keys: by table. truths: the queries of `verify`, by table.

    views: columns of the views of `answer`, by view: described as tables are, not judged.
    shared: what defines a column wherever it occurs. codes: columns of code lists that mean something else there.
    meanings: of tables, views and macros.
    """

    columns: dict[str, tuple[Column, ...]]
    views: dict[str, tuple[Column, ...]]
    keys: dict[str, tuple[str, ...]]
    truths: dict[str, Truth]
    words: tuple[Word, ...]
    shared: dict[str, Column]
    codes: dict[tuple[str, str], Column]
    meanings: dict[str, str]

    def find_column(self, table: str, name: str) -> Column | None:
        """The definition of a column: the table's own, of a code list its own or the shared one; None without any."""
        listed = self.columns.get(table) or self.views.get(table, ())
        own = {column.name: column for column in listed}
        return own.get(name) or self.codes.get((table, name)) or self.shared.get(name)

    def list_words(self, alternative: str) -> list[str]:
        """The words of `name` or `name:subset+subset`, in the order of the file."""
        return select_words(self._by_vocabulary[alternative.partition(":")[0]], alternative)

    @cached_property
    def _by_vocabulary(self) -> dict[str, list[Word]]:
        found: dict[str, list[Word]] = {}
        for word in self.words:
            found.setdefault(word.vocabulary, []).append(word)
        return found


def load_words(sql_dir: Path) -> tuple[Word, ...]:
    """The words of every closed vocabulary, without the rest of the contract; raises as `load_contract` does."""
    return tuple(_read_words(sql_dir / "vocabulary.csv"))


def select_words(words: Iterable[Word], alternative: str) -> list[str]:
    """Of words those of `name` or `name:subset+subset`, in their order."""
    name, _, subsets = alternative.partition(":")
    wanted = set(subsets.split("+")) if subsets else None
    return [
        word.value
        for word in words
        if word.vocabulary == name and (wanted is None or wanted.intersection(word.subsets))
    ]


def load_contract(sql_dir: Path) -> Contract:
    """Read the contract; raise NightvigilError on what is unknown, given twice or contradicts itself."""
    words = load_words(sql_dir)
    tables = _read_rows(sql_dir / "tables.csv", ("table_name", "key", "meaning"))
    built = models.load_models(sql_dir)
    shared, listed = _read_columns(sql_dir / "columns.csv")
    views = {view.table: view for view in models.load_views(sql_dir)}
    columns = {table: found for table, found in listed.items() if not table.startswith((CODES, ANSWER))}
    keys = {model.table: _split(model.fields.get("key", "")) for model in [*built, *views.values()]}
    keys |= {row["table_name"]: _split(row["key"]) for row in tables if row["table_name"] in columns}
    contract = Contract(
        columns=columns,
        views={table: found for table, found in listed.items() if table.startswith(ANSWER)},
        keys={table: key for table, key in keys.items() if key},
        truths={model.table: _read_truth(model) for model in built if model.layer == "verify"},
        words=words,
        shared=shared,
        codes={
            (table, column.name): column
            for table, found in listed.items()
            if table.startswith(CODES)
            for column in found
        },
        meanings={model.table: model.meaning for model in [*built, *views.values()]}
        | {row["table_name"]: row["meaning"] for row in tables},
    )
    for problem in _find_problems(contract):
        raise _refused("columns.csv", problem)
    return contract


def _read_columns(path: Path) -> tuple[dict[str, Column], dict[str, tuple[Column, ...]]]:
    """The shared definitions by column, and each table's columns with what they inherit filled in."""
    rows = _read_rows(path, ("table_name", "column_name", "type", "nullability", "vocabulary", "meaning"))
    names = [(row["table_name"], row["column_name"]) for row in rows]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise _refused(path.name, f"{'.'.join(twice)} is given twice")
    shared = {row["column_name"]: Column(*row.values()) for row in rows if not row["table_name"]}
    columns: dict[str, list[Column]] = {}
    for row in rows:
        if row["table_name"]:
            columns.setdefault(row["table_name"], []).append(_inherit(row, shared.get(row["column_name"])))
    return shared, {table: tuple(listed) for table, listed in columns.items()}


def _inherit(row: dict[str, str], shared: Column | None) -> Column:
    if shared is None:
        return Column(*row.values())
    inherited = (shared.type, shared.nullability, shared.vocabulary, shared.meaning)
    own = (row["type"], row["nullability"], row["vocabulary"], row["meaning"])
    kept = [mine or theirs for mine, theirs in zip(own, inherited, strict=True)]
    return Column(row["table_name"], row["column_name"], *kept)


def _read_words(path: Path) -> Iterator[Word]:
    seen = set()
    for row in _read_rows(path, ("vocabulary", "value", "subset", "meaning")):
        if (row["vocabulary"], row["value"]) in seen or not row["vocabulary"] or not row["meaning"]:
            raise _refused(path.name, f"{row['vocabulary']}: {row['value']!r} is given twice or has no meaning")
        seen.add((row["vocabulary"], row["value"]))
        yield Word(row["vocabulary"], row["value"], tuple(row["subset"].split()), row["meaning"])


def _read_truth(model: models.Model | models.Estimate) -> Truth:
    fields = model.fields
    truth = Truth(fields.get("why", ""), fields.get("severity", "critical"))
    if not truth.why or truth.severity not in ("critical", "warning"):
        raise _refused(f"{model.table} (sql/verify)", "its header needs `why`, and `severity` is critical or warning")
    return truth


def _find_problems(contract: Contract) -> Iterator[str]:
    vocabularies: dict[str, set[str]] = {}
    for word in contract.words:
        vocabularies.setdefault(word.vocabulary, set()).update(word.subsets)
    for table, columns in (contract.columns | contract.views).items():
        names = [column.name for column in columns]
        if missing := set(contract.keys.get(table, ())) - set(names):
            yield f"the key of {table} names {', '.join(sorted(missing))}, which is no column of it"
        for column in columns:
            yield from _find_column_problems(column, column.name in contract.keys.get(table, ()), vocabularies)


def _find_column_problems(column: Column, is_key: bool, vocabularies: dict[str, set[str]]) -> Iterator[str]:
    where = f"{column.table}.{column.name}"
    if not column.type or not column.meaning:
        yield f"{where} has no type or no meaning, neither of its own nor shared"
    if column.nullability not in ("", *NULLABILITIES):
        yield f"nullability of {where} is {column.nullability!r}, not one of {', '.join(NULLABILITIES)}"
    if column.nullability == "nullable key" and not is_key:
        yield f"{where} is `nullable key`, and no part of the key"
    for alternative in column.alternatives:
        name, _, subsets = alternative.partition(":")
        is_list = name.startswith(CODES) and name.count(".") == 2
        known = vocabularies.get(name)
        if not is_list and (known is None or not set(filter(None, subsets.split("+"))) <= known):
            yield f"the vocabulary {alternative!r} of {where} is not in vocabulary.csv"


def _read_rows(path: Path, header: Iterable[str]) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file, strict=True)
            rows = list(reader)
    except (OSError, UnicodeError, csv.Error) as error:
        raise _refused(path.name, str(error)) from error
    if tuple(reader.fieldnames or ()) != tuple(header):
        raise _refused(path.name, f"its columns are {', '.join(header)}, in this order")
    if any(None in row or None in row.values() for row in rows):
        raise _refused(path.name, "a row has more or fewer fields than the header")
    return rows


def _split(key: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in key.split(",") if part.strip())


def _refused(where: str, problem: str) -> NightvigilError:
    return NightvigilError(
        f"the contract of the tables cannot be used: {problem}",
        where=where,
        todo="correct the file; nothing is built or judged on a contract that cannot be read",
    )
