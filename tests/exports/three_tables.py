"""The attack on all three suppressed tables of a small world, taken together."""

import itertools

import duckdb

from pipeline.exports.origin import Column
from pipeline.exports.suppression import PATIENTS, QUARTERS, TOTALS, Suppressed, suppress
from tests.exports.attack import MEASURES, Reader, relate
from tests.exports.small_world import COLUMNS, DRUGS, build_database, count_tables, invent_cases

KEY = ("source", "drug", "route", "reaction", "definition")


def suppress_table(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[Suppressed, list[dict]]:
    columns = [Column(name, "") for name in COLUMNS[table.removeprefix("summary.")]]
    found = suppress(connection, table, columns)
    names = [column.name for column in found.columns]
    return found, [dict(zip(names, row, strict=True)) for row in found.rows]


def read_totals(reader: Reader, rows: list[dict]) -> None:
    """What the totals show. A hidden number is at least 1: zeros are shown."""
    for row in rows:
        hidden = (row["suppressed_columns"] or "").split("; ")
        cell = tuple(row[name] for name in KEY[1:])
        numbers = {(measure, *cell): measure for measure in MEASURES}
        numbers[("exposed", *cell[:2])] = "drug_route_case_count"
        for name, column in numbers.items():
            if column in hidden:
                assert row[column] is None
                reader.hidden[name] = 1
            else:
                reader.known[name] = row[column]
        unknown = ("exposed", row["drug"], "unknown")
        if "route_unknown_case_count" not in hidden:
            assert reader.hidden.get(unknown) is None
            reader.known[unknown] = row["route_unknown_case_count"]


def assert_nothing_small_is_shown(rows: list[dict]) -> None:
    counts = [value for row in rows for name, value in row.items() if name.endswith(("count", "deduplicated"))]
    assert not {1, 2, 3, 4} & {value for value in counts if value is not None}


def assert_no_rest_is_small(totals: list[dict], parts: list[dict]) -> None:
    """What is left of a shown total when the shown parts are taken from it is nothing or more than four cases."""
    shown: dict[tuple, int] = {}
    for row in parts:
        cell = tuple(row[name] for name in KEY)
        shown[cell] = shown.get(cell, 0) + (row["case_count"] or 0)
    for row in totals:
        if row["case_count"] is not None and row["route"] in ("any", "intravenous", "not_intravenous"):
            rest = row["case_count"] - shown.get(tuple(row[name] for name in KEY), 0)
            assert rest == 0 or rest > 4, row


def attack(seed: int, size: int) -> tuple[int, list]:
    """Hidden numbers, and those of them that follow from all three tables taken together."""
    cases = invent_cases(seed, size)
    connection = build_database(count_tables(cases))
    found = {table: suppress_table(connection, table) for table in (TOTALS, QUARTERS, PATIENTS)}
    for _, rows in found.values():
        assert_nothing_small_is_shown(rows)
    for table in (QUARTERS, PATIENTS):
        assert_no_rest_is_small(found[TOTALS][1], found[table][1])
    drugs = {drug for case in cases for drug in case.routes}
    reader = Reader()
    read_totals(reader, found[TOTALS][1])
    relate(reader, drugs)
    assert_no_sum_has_one_hidden_count(reader)
    for drug, quarters in itertools.groupby(
        sorted(found[QUARTERS][1], key=lambda row: row["drug"]), lambda row: row["drug"]
    ):
        assert drug in DRUGS
        sums: dict = {}
        for row in quarters:
            cell = tuple(row[name] for name in KEY[1:])
            name = ("case_count", *cell, row["quarter"])
            if row["suppressed_columns"]:
                reader.hidden[name] = 0
            else:
                reader.known[name] = row["case_count"]
            sums.setdefault(("case_count", *cell), []).append(name)
        for whole, names in sums.items():
            if whole not in reader.known:  # of a drug that is left out nothing is known
                reader.hidden.setdefault(whole, 0)
            reader.equal.append({whole: 1, **dict.fromkeys(names, -1)})
    for quarter in sorted({case.quarter for case in cases}):
        relate_shown(reader, drugs, quarter)
    left_out = drugs - {row["drug"] for row in found[TOTALS][1]}  # of which nothing is known but the quarters
    reader.at_most = [terms for terms in reader.at_most if not any(name[1] in left_out for name in terms)]
    derivable = [name for name in reader.find_derivable() if not is_harmless(name, cases)]
    return len(reader.hidden), derivable


def assert_no_sum_has_one_hidden_count(reader: Reader) -> None:
    for terms in reader.at_most:
        present = [name for name in terms if name in reader.hidden or reader.known.get(name)]
        if len(terms) > 2 and len(present) > 1:
            assert sum(name in reader.hidden for name in present) != 1, terms


def relate_shown(reader: Reader, drugs: set[str], quarter: str) -> None:
    """The relations of one quarter among the columns and routes that a split shows."""
    quarterly = Reader()
    relate(quarterly, drugs, (quarter,))
    for terms in quarterly.at_most:
        shown = {
            name: weight
            for name, weight in terms.items()
            if name[0] == "case_count" and name[2] in ("any", "intravenous", "not_intravenous")
        }
        # What is left out is some number from 0 up: a sum that it could only raise still holds without it.
        if all(weight > 0 or name in shown for name, weight in terms.items()):
            reader.at_most.append(shown)


def is_harmless(name: tuple, cases: list) -> bool:
    """Whether a number that follows is of no case, or is the whole of a shown total, which then has one quarter."""
    _, drug, route, reaction, definition, *quarter = (*name, "", "")[:6] if len(name) < 6 else name
    if not quarter or not quarter[0]:
        return False
    of_cell = [case for case in cases if ("faers", drug, route, reaction, definition) in case.list_cells()]
    number = sum(case.quarter == quarter[0] for case in of_cell)
    return number == 0 or number == len(of_cell) >= 5
