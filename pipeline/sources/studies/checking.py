"""What is wrong with an extraction sheet: every error at once, by row and column, with what was expected.

A sheet without an error is given back as records, one for each row, by the name of the column.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline import contract
from pipeline.sources.studies.layout import (
    LIST_MARK,
    NCT_NUMBER,
    NO_DRUG,
    NOT_REPORTED,
    SHEET_COLUMN_NAMES,
    SHEET_COLUMNS,
    WHOLE_NUMBER,
    YEAR,
)
from pipeline.sources.studies.reading import MAX_CELL, SheetRow

Words = Mapping[str, tuple[str, ...]]
"""The words each column accepts; columns of free text and numbers are not in it."""

_REGISTRY = re.compile(r"[A-Za-z][A-Za-z0-9/._-]{3,39}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_KEY = {
    "study": ("study",),
    "stratum": ("study", "stratum"),
    "arm": ("study", "stratum", "arm"),
    "row": ("study", "stratum", "arm", "outcome"),
}


@dataclass(frozen=True)
class SheetError:
    """One error. row: as a spreadsheet numbers it. found: the content of the cell."""

    row: int
    column: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"row {self.row}, column {self.column}: {self.found!r}; expected: {self.expected}"


@dataclass(frozen=True)
class SheetRecord:
    """One row of a sheet by the names of its columns."""

    number: int
    values: dict[str, str]


def load_words(sql_dir: Path) -> Words:
    """The words of the columns with a closed vocabulary, from `sql/vocabulary.csv`."""
    known = contract.load_words(sql_dir)
    return {
        column.name: (*contract.select_words(known, column.vocabulary), *column.words)
        for column in SHEET_COLUMNS
        if column.vocabulary or (column.words and column.name != "events")
    }


def check_sheet(rows: Sequence[SheetRow], words: Words) -> tuple[list[SheetRecord], list[SheetError]]:
    """The records of a sheet and every error; the records are good where there is no error.

    rows: not empty; the first is the header. An error of the header is reported alone, as the rows cannot be read
    without it.
    """
    header, *body = rows
    if errors := list(_check_header(header)):
        return [], errors
    if not body:
        return [], [SheetError(header.number + 1, "study", "", "at least one row below the header")]
    errors = []
    records = []
    for row in body:
        if any(row.cells[len(header.cells) :]):
            errors.append(
                SheetError(
                    row.number, "after the last", row.cells[len(header.cells)][:60], "no more cells than headings"
                )
            )
        cells = (*row.cells, *[""] * (len(header.cells) - len(row.cells)))
        records.append(SheetRecord(row.number, {n: c for n, c in zip(header.cells, cells, strict=False) if n}))
    for record in records:
        errors += _check_cells(record, words)
    for check in (_check_repeats, _check_properties, _check_contrasts):
        errors += check(records)
    order = {name: place for place, name in enumerate(SHEET_COLUMN_NAMES)}
    return records, sorted(set(errors), key=lambda error: (error.row, order.get(error.column, 99), error.expected))


def split_list(cell: str) -> list[str]:
    """The parts of a cell that holds a list; none of a blank one."""
    return [part.strip() for part in cell.split(LIST_MARK)] if cell else []


def _check_header(header: SheetRow) -> Iterator[SheetError]:
    named = list(header.cells)
    while named and not named[-1]:
        named.pop()
    for name in SHEET_COLUMN_NAMES:
        if name not in named:
            yield SheetError(header.number, name, "", "a heading of this name; there is none")
    for name in sorted(set(named) - set(SHEET_COLUMN_NAMES)):
        yield SheetError(header.number, name or "(blank)", name[:60], f"one of {', '.join(SHEET_COLUMN_NAMES)}")
    for name in sorted({name for name in named if named.count(name) > 1 and name}):
        yield SheetError(header.number, name, name, "this heading once")


def _check_cells(record: SheetRecord, words: Words) -> Iterator[SheetError]:
    for column in SHEET_COLUMNS:
        value = record.values[column.name]
        if not value:
            if column.is_required:
                yield _error(record, column.name, f"not blank: {column.expected}")
        elif len(value) > MAX_CELL or _CONTROL.search(value):
            yield SheetError(record.number, column.name, value[:60], f"at most {MAX_CELL} characters, in one line")
        elif (known := words.get(column.name)) is not None:
            for part in split_list(value) if column.name == "comparator" else [value]:
                if part not in known:
                    yield SheetError(record.number, column.name, part[:60], f"one of {', '.join(known)}")
        elif (test := _TESTS.get(column.name)) and not test(value):
            yield _error(record, column.name, column.expected)
    yield from _check_numbers(record)
    yield from _check_conditions(record)


def _is_registry_number(value: str) -> bool:
    return bool((NCT_NUMBER if value.upper().startswith("NCT") else _REGISTRY).fullmatch(value))


_TESTS: dict[str, Callable[[str], object]] = {
    "year": YEAR.fullmatch,
    "registry_number": _is_registry_number,
    "participants_randomised": WHOLE_NUMBER.fullmatch,
    "participants_analysed": lambda value: WHOLE_NUMBER.fullmatch(value) and int(value) > 0,
    "events": lambda value: value == NOT_REPORTED or WHOLE_NUMBER.fullmatch(value),
}


def _check_numbers(record: SheetRecord) -> Iterator[SheetError]:
    randomised, analysed, events = (
        int(value) if WHOLE_NUMBER.fullmatch(value := record.values[name]) else None
        for name in ("participants_randomised", "participants_analysed", "events")
    )
    if randomised is not None and analysed is not None and analysed > randomised:
        yield _error(record, "participants_analysed", f"at most the {randomised} participants randomised")
    if events is not None and analysed and events > analysed:
        yield _error(record, "events", f"at most the {analysed} participants analysed")


def _check_conditions(record: SheetRecord) -> Iterator[SheetError]:
    """What a cell may hold depending on another of its row."""
    values = record.values
    if values["design"] == "crossover" and not values["period_used"]:
        yield _error(record, "period_used", "not blank in a crossover: the period that the counts are of")
    if values["design"] in ("parallel", "not stated") and values["period_used"]:
        yield _error(record, "period_used", "blank: only a crossover has periods")
    if values["drug"] == NO_DRUG:
        for name in ("route", "comparator_arm", "comparator", "review_group"):
            if values[name]:
                yield _error(record, name, f"blank where the drug is {NO_DRUG}")
    elif values["drug"] and not values["route"]:
        yield _error(record, "route", "not blank: the route of the drug (unknown where nothing states it)")
    arms, kinds, groups = (split_list(values[name]) for name in ("comparator_arm", "comparator", "review_group"))
    if len(kinds) != len(arms):
        yield _error(record, "comparator", f"as many kinds as comparator arms ({len(arms)})")
    if groups and len(groups) != len(arms):
        yield _error(record, "review_group", f"blank, or as many groups as comparator arms ({len(arms)})")
    if len(set(arms)) < len(arms):
        yield _error(record, "comparator_arm", "each comparator arm once")


def _check_repeats(records: Sequence[SheetRecord]) -> Iterator[SheetError]:
    seen: dict[tuple[str, ...], int] = {}
    for record in records:
        key = _key_of(record, "row")
        if not (record.values["study"] and record.values["arm"]):  # a blank is an error of its own
            continue
        if key in seen:
            yield SheetError(
                record.number, "outcome", key[-1], f"each outcome of an arm once; row {seen[key]} has it already"
            )
        seen.setdefault(key, record.number)


def _check_properties(records: Sequence[SheetRecord]) -> Iterator[SheetError]:
    """A property of a study, a stratum or an arm is alike on all its rows."""
    first: dict[tuple[str, tuple[str, ...]], tuple[str, int]] = {}
    for record in records:
        for column in SHEET_COLUMNS:
            if column.level == "row" or column.name in _KEY[column.level]:
                continue
            value = record.values[column.name]
            earlier, row = first.setdefault((column.name, _key_of(record, column.level)), (value, record.number))
            if value != earlier:
                yield SheetError(
                    record.number,
                    column.name,
                    value[:60],
                    f"{earlier[:60]!r} as in row {row}, alike for one {column.level}",
                )


def _check_contrasts(records: Sequence[SheetRecord]) -> Iterator[SheetError]:
    """A comparator is an arm of the same study and stratum, with the same outcome, and without the same drug."""
    drugs: dict[tuple[str, ...], str] = {}
    outcomes: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for record in records:
        drugs[_key_of(record, "arm")] = record.values["drug"]
        outcomes[_key_of(record, "arm")].add(record.values["outcome"])
    for record in records:
        for name in split_list(record.values["comparator_arm"]):
            other = (*_key_of(record, "stratum"), name)
            if other not in drugs:
                expected = "an arm of the same study and stratum, spelt as in its own rows"
                yield SheetError(record.number, "comparator_arm", name[:60], expected)
            elif drugs[other] == record.values["drug"]:
                expected = f"an arm without {record.values['drug']}: a drug in both arms is not compared"
                yield SheetError(record.number, "comparator_arm", name[:60], expected)
            elif record.values["outcome"] not in outcomes[other]:
                expected = f"a row of this arm for {record.values['outcome']} ({NOT_REPORTED} where it is not)"
                yield SheetError(record.number, "comparator_arm", name[:60], expected)


def _key_of(record: SheetRecord, level: str) -> tuple[str, ...]:
    return tuple(record.values[name] for name in _KEY[level])


def _error(record: SheetRecord, column: str, expected: str) -> SheetError:
    return SheetError(record.number, column, record.values[column][:60], expected)
