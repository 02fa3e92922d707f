"""No suppressed count can be derived from what is exported, by any sum, roll-up or bound that a reader knows."""

import csv
import itertools
import json
from pathlib import Path

import duckdb
import pytest

from pipeline.errors import UsageError
from pipeline.exports.hiding import choose_hidden
from pipeline.exports.origin import Column
from pipeline.exports.relations import Counts, Rollups, read_counts
from pipeline.exports.splitting import choose_parts
from pipeline.exports.suppression import (
    PATIENTS,
    QUARTERS,
    TOTALS,
    read_rollups,
    require_rule,
    suppress,
)
from tests.exports.attack import MEASURES, Reader, relate
from tests.exports.conftest import Run, publish_by_hand
from tests.exports.small_world import COLUMNS, Case, build_database, count_tables, fill_database, invent_cases
from tests.exports.three_tables import (
    KEY,
    assert_nothing_small_is_shown,
    attack,
    read_totals,
    suppress_table,
)
from tests.repetitions import choose_count, choose_some

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("seed", "size"), [(3, 120), (4, 250)])
def test_no_suppressed_count_follows_from_the_three_tables(seed: int, size: int) -> None:
    """Worlds in which most counts are small, some are, or few; bounds by linear programming over all relations."""
    hidden, derivable = attack(seed, size)
    assert hidden > 0
    assert derivable == []


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(20, 20 + choose_count(4, 12)))
def test_no_suppressed_count_follows_in_many_worlds(seed: int) -> None:
    hidden, derivable = attack(seed, (12, 45, 90, 400)[seed % 4])
    assert hidden > 0
    assert derivable == []


def test_hiding_small_counts_alone_would_let_some_be_derived() -> None:
    """Ten cases of nausea: three intravenous, seven by mouth. The three is at most ten less seven not intravenous,
    and at least ten less seven by mouth. The attack finds it, so it has teeth; hiding one more count stops it."""
    patient = ("18-44", "female", "physician", "US", "expedited")
    kinds = [("intravenous", 3, True), ("oral", 7, True), ("intravenous", 20, False), ("oral", 30, False)]
    cases = [
        Case({"memantine": frozenset([route])}, {"nausea": frozenset(["broad"])} if is_nausea else {}, "2024Q1",
             patient, False, False, True)
        for route, number, is_nausea in kinds for _ in range(number)
    ]  # fmt: skip
    tables = count_tables(cases)
    small = Reader()
    for row in tables["reported_by_drug_route"]:
        cells = dict(zip(COLUMNS["reported_by_drug_route"], row, strict=True))
        cell = tuple(cells[name] for name in KEY[1:])
        numbers = {(measure, *cell): cells[measure] for measure in MEASURES}
        numbers[("exposed", *cell[:2])] = cells["drug_route_case_count"]
        small.hidden |= {name: 1 for name, number in numbers.items() if 1 <= number <= 4}
        small.known |= {name: number for name, number in numbers.items() if not 1 <= number <= 4}
    relate(small, {"memantine"})
    assert ("case_count", "memantine", "intravenous", "nausea", "broad") in small.find_derivable()
    reader = Reader()
    read_totals(reader, suppress_table(build_database(tables), TOTALS)[1])
    relate(reader, {"memantine"})
    assert reader.find_derivable() == []


def test_two_routes_of_one_total_are_hidden_together() -> None:
    """Ten cases of nausea, six intravenous and four by mouth. A reader would take ten less six to be the four, though
    a case may have both routes: the six is hidden as well."""
    cells = {
        ("faers", "memantine", route, "nausea", definition): {
            "case_count": number, "serious_case_count": 0, "fatal_case_count": 0, "case_count_deduplicated": 0,
            "drug_route_case_count": 100 + number,
        }
        for route, number in (("any", 10), ("intravenous", 6), ("oral", 4), ("not_intravenous", 4))
        for definition in ("narrow", "broad")
    }  # fmt: skip
    counts = read_counts(cells, Rollups({}, {}, frozenset()))
    hidden, unsafe = choose_hidden(counts)
    of_cases = {count[3:] for count in hidden if count[0] == "case_count"}
    assert {("oral", "nausea", "narrow"), ("not_intravenous", "nausea", "narrow")} <= of_cases
    assert ("intravenous", "nausea", "narrow") in of_cases
    assert not unsafe


def test_a_second_table_is_one_that_agrees_with_everything_shown() -> None:
    """Every hidden count of small tables, by trying every table: at least two have it with different values."""
    values = {("any",): 9, ("iv",): 5, ("oral",): 3, ("nasal",): 2}
    terms = [[((name,), 1), (("any",), -1)] for name in ("iv", "oral", "nasal")]
    terms += [[(("any",), 1), *(((name,), -1) for name in ("iv", "oral", "nasal"))]]
    counts = Counts(dict(values))
    for each in terms:
        counts.add(each)
    hidden, unsafe = choose_hidden(counts)
    assert not unsafe
    possible: dict = {count: set() for count in hidden}
    for numbers in itertools.product(range(1, 13), repeat=len(hidden)):
        table = values | dict(zip(hidden, numbers, strict=True))
        if all(sum(weight * table[count] for count, weight in each) <= 0 for each in terms):
            for count in hidden:
                possible[count].add(table[count])
    assert all(len(found) > 1 for found in possible.values()), possible


def test_quarters_hide_at_least_two_parts_and_never_a_small_rest() -> None:
    """One quarter of three is small: the next smallest is hidden too, and its sum with the first is above four."""
    member = ("faers", "memantine", "any", "nausea", "broad")
    splits = {(member, (quarter,)): number for quarter, number in (("Q1", 2), ("Q2", 9), ("Q3", 7), ("Q4", 0))}
    parts = choose_parts(splits, set(), set(), Rollups({}, {}, frozenset()))
    shown = {part for (_, part) in splits if not parts.hides(member, part, Rollups({}, {}, frozenset()))}
    assert shown == {("Q2",), ("Q4",)}


def test_a_filter_on_a_count_cannot_find_a_hidden_one(tmp_path: Path, run: Run) -> None:
    """`--where "case_count = 3"` sees an empty cell, as it is applied to what is shown."""
    database = publish_by_hand(tmp_path)
    tables = count_tables(invent_cases(3, 120))
    with duckdb.connect(str(database)) as connection:
        connection.execute("drop table summary.reported_by_patient")
        fill_database(connection, tables)
    run(tmp_path, "export", "reported_by_drug_route", "--suppress", "--to", tmp_path / "all.csv")
    everything = list(csv.DictReader((tmp_path / "all.csv").open()))
    assert any("case_count" in row["suppressed_columns"].split("; ") for row in everything)
    condition = "case_count between 1 and 4 or serious_case_count in (1, 2, 3, 4)"
    run(
        tmp_path, "export", "reported_by_drug_route", "--suppress", "--where", condition, "--to", tmp_path / "few.csv"
    )
    assert list(csv.DictReader((tmp_path / "few.csv").open())) == []
    manifest = json.loads((tmp_path / "all.csv.manifest.json").read_text())
    assert manifest["suppression"]["suppressed_cell_count"] > 0 and "suppressed_columns" in manifest["caveats"][-1]


@pytest.mark.parametrize("table", ["summary.signal", "summary.observed_by_drug_route", "events.case"])
def test_a_table_without_a_rule_is_refused_by_name(table: str) -> None:
    with pytest.raises(UsageError, match=f"no rule of suppression is written for {table}"):
        require_rule(table)


def read_groups(connection: duckdb.DuckDBPyConnection) -> dict[str, Counts]:
    """The counts of the totals with the relations of the product, by root of the drug."""
    rollups = read_rollups(connection)
    names = (*KEY, *MEASURES, "drug_route_case_count")
    groups: dict[str, dict] = {}
    for row in connection.execute(f"select {', '.join(names)} from {TOTALS}").fetchall():
        cells = groups.setdefault(rollups.find_root(row[1]), {})
        cells[row[:5]] = dict(zip(names[5:], row[5:], strict=True))
    return {root: read_counts(cells, rollups) for root, cells in groups.items()}


def test_the_sample_world_keeps_every_drug_and_no_relation_is_broken(sample_home: Path) -> None:
    """All routes of real spellings: what is stated of routes and roll-ups is true there, and nothing is left out."""
    with duckdb.connect(
        str(sample_home / "published" / "current" / "nightvigil.duckdb"), read_only=True
    ) as connection:
        groups = read_groups(connection)
        assert set(groups) >= {"ketamine_any", "magnesium", "memantine"}
        assert all(slack >= 0 for counts in groups.values() for slack in counts.slack)
        for table in (TOTALS, QUARTERS, PATIENTS):
            columns = [Column(name, "") for name in COLUMNS[table.removeprefix("summary.")]]
            found = suppress(connection, table, columns)
            names = [column.name for column in found.columns]
            rows = [dict(zip(names, row, strict=True)) for row in found.rows]
            assert_nothing_small_is_shown(rows)
            assert table == PATIENTS or found.hidden_count > 0
            assert table != TOTALS or (found.left_out == "nothing" and {row["drug"] for row in rows} >= set(groups))


@pytest.mark.proof
@pytest.mark.parametrize("root", choose_some(["amantadine", "memantine", "dextromethorphan", "magnesium"], 2))
def test_no_suppressed_total_of_the_sample_world_follows(sample_home: Path, root: str) -> None:
    """All routes and reactions of a drug, by linear programming over the relations of the product."""
    with duckdb.connect(
        str(sample_home / "published" / "current" / "nightvigil.duckdb"), read_only=True
    ) as connection:
        counts = read_groups(connection)[root]
    hidden, unsafe = choose_hidden(counts)
    reader = Reader(
        known={name: number for name, number in counts.values.items() if name not in hidden},
        hidden=dict.fromkeys(hidden, 1),
        at_most=[dict(terms) for terms in counts.relations],
    )
    assert not unsafe and reader.find_derivable() == []
