"""The views of `answer` on the sample world, against plain counts of the tables they read."""

from collections import Counter, defaultdict
from typing import Any

import duckdb
import pytest

from pipeline.contract import load_contract
from pipeline.resources import SQL

SIDES = ("intravenous", "not_intravenous")


def read_rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.mark.parametrize(
    "view",
    ["case_statement", "case_source_line", "case_line", "route_question", "trend", "reports_beside_trials",
     "unmeasured", "source_freshness"],
)  # fmt: skip
def test_view_has_one_row_per_key_and_says_what_must_be_said(built: duckdb.DuckDBPyConnection, view: str) -> None:
    """Views are not judged: their keys, what must be stated and their words are compared with the contract here."""
    contract = load_contract(SQL)
    key = ", ".join(contract.keys[f"answer.{view}"])
    [(rows, keys)] = built.execute(f"select count(*), count(distinct ({key})) from answer.{view}").fetchall()
    assert rows == keys > 0
    for column in contract.views[f"answer.{view}"]:
        if column.must_be_stated:
            found = built.execute(f"select count(*) from answer.{view} where {column.name} is null").fetchall()
            assert found == [(0,)], column.name
        if column.alternatives:
            words = [word for each in column.alternatives for word in contract.list_words(each)]
            used = built.execute(f"select distinct {column.name} from answer.{view}").fetchall()
            assert {word for (word,) in used if word is not None} <= set(words), column.name


def test_every_count_of_signal_is_that_of_its_analysis(built: duckdb.DuckDBPyConnection) -> None:
    """A restricted comparator and pooled strata leave the cases of the cell alone, and `cases_behind` opens them. The
    rows within one indication have cases of their own."""
    differing = built.execute(
        "select count(*) from (select source, drug, route, reaction, definition, analysis from summary.signal "
        "where stratum not like 'indication %' group by all having count(distinct with_both_count) > 1)"
    ).fetchall()
    assert differing == [(0,)]
    counted = built.execute(
        "select count(*) from summary.signal as published left join intermediate.signal_count as counted "
        "using (source, drug, route, reaction, definition, analysis, comparator, with_both_count) "
        "where published.stratum = 'all' and counted.drug is null"
    ).fetchall()
    assert counted == [(0,)]


def test_sides_of_the_route_question_are_sets_of_cases(built: duckdb.DuckDBPyConnection) -> None:
    """Intravenous, not intravenous, and all other cases of the drug, counted as sets."""
    by_route: dict[tuple[str, str], set[str]] = defaultdict(set)
    for drug, route, case in built.execute("select drug, route, case_id from events.exposed_case").fetchall():
        by_route[drug, route].add(case)
    having: dict[tuple[str, str], set[str]] = defaultdict(set)
    for reaction, definition, case in built.execute(
        "select reaction, definition, case_id from intermediate.reacting_case"
    ).fetchall():
        having[reaction, definition].add(case)
    rows = read_rows(built, "select * from answer.route_question where part = 'reports_crude'")
    assert {row["drug"] for row in rows} == {drug for drug, _ in by_route}
    for row in rows:
        sides = [by_route[row["drug"], side] for side in SIDES]
        neither = by_route[row["drug"], "any"] - sides[0] - sides[1]
        those = having[row["reaction"], row["definition"]]
        names = ("intravenous", "not_intravenous", "neither_side")
        assert [row[f"{name}_case_count"] for name in names] == [len(side) for side in (*sides, neither)]
        assert [row[f"{name}_with_reaction_count"] for name in names] == [
            len(side & those) for side in (*sides, neither)
        ]


def test_estimates_of_the_route_question_are_those_of_the_tables(built: duckdb.DuckDBPyConnection) -> None:
    rows = read_rows(built, "select * from answer.route_question where part like 'reports%'")
    crude = built.execute(
        "select source, drug, reaction, definition, stratum = 'all', estimate, lower, upper "
        "from summary.route_contrast where evidence = 'reports'"
    ).fetchall()
    adjusted = built.execute(
        "select drug, outcome, model, estimate, lower, upper, calibrated_estimate "
        "from summary.route_contrast_adjusted where outcome_kind = 'reaction' and case_choice = 'all'"
    ).fetchall()
    found = {(row["part"], row["drug"], row["reaction"], row["definition"]): row for row in rows}
    for _, drug, reaction, definition, is_crude, *estimate in crude:
        row = found["reports_crude" if is_crude else "reports_stratified", drug, reaction, definition]
        assert [row["estimate"], row["lower"], row["upper"]] == estimate
    for drug, reaction, model, estimate, lower, upper, calibrated in adjusted:
        row = found[f"reports_adjusted_{model}", drug, reaction, "narrow"]
        assert (row["estimate"], row["lower"], row["upper"]) == (estimate, lower, upper)
        key = (f"reports_adjusted_{model}_calibrated", drug, reaction, "narrow")
        assert (key in found) == (calibrated is not None)
        assert calibrated is None or found[key]["estimate"] == calibrated
    assert len(adjusted) and len(crude)


def test_trials_of_the_route_question_are_sets_of_trials(built: duckdb.DuckDBPyConnection) -> None:
    sides: dict[tuple[str, ...], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for *key, route, trial in built.execute(
        "select drug, reaction, definition, population, comparator, route, trial_id from events.trial_comparison "
        "where bound = 'lower' and is_in_all and randomisation <> 'not randomised'"
    ).fetchall():
        sides[tuple(key)][route].add(trial)
    rows = read_rows(built, "select * from answer.route_question where part = 'trials'")
    names = ("drug", "reaction", "definition", "population", "comparator")
    assert {tuple(row[name] for name in names) for row in rows} == set(sides)
    for row in rows:
        routes = sides[tuple(row[name] for name in names)]
        every = set().union(*routes.values())
        counts = [len(routes["intravenous"]), len(routes["not_intravenous"])]
        assert [row["intravenous_trial_count"], row["not_intravenous_trial_count"]] == counts
        assert row["neither_side_trial_count"] == len(every - routes["intravenous"] - routes["not_intravenous"])


def test_reports_and_trials_stand_side_by_side_and_none_is_lost(built: duckdb.DuckDBPyConnection) -> None:
    """Every row of both sides is there, each trial row once; a cell without the other side has nulls and no zero."""
    rows = read_rows(built, "select * from answer.reports_beside_trials")
    names = ("drug", "route", "reaction", "definition")
    reported = {
        tuple(key): count
        for *key, count in built.execute(
            "select drug, route, reaction, definition, with_both_count from summary.signal "
            "where analysis = 'primary' and comparator = 'all_other_cases' and stratum = 'all'"
        ).fetchall()
    }
    observed = Counter(
        tuple(row)
        for row in built.execute(
            "select drug, route, reaction, definition, population, comparator, participants_at_risk, "
            "participants_affected_lower from summary.observed_by_drug_route"
        ).fetchall()
    )
    beside = ("population", "comparator", "participants_at_risk", "participants_affected_lower")
    assert Counter(tuple(row[n] for n in (*names, *beside)) for row in rows if row["population"]) == observed
    assert {tuple(row[n] for n in names) for row in rows if row["source"]} == set(reported)
    for row in rows:
        assert row["case_count"] == reported.get(tuple(row[n] for n in names))
        assert (row["trial_count"] is None) == (row["population"] is None)


def test_unmeasured_outcomes_are_the_trials_of_evidence_gap(built: duckdb.DuckDBPyConnection) -> None:
    counts: Counter[tuple[str, ...]] = Counter()
    for drugs, *place in built.execute(
        "select drugs_text, population, domain, status from summary.evidence_gap"
    ).fetchall():
        for drug in drugs.split("; "):
            counts[drug, *place] += 1
    rows = read_rows(built, "select * from answer.unmeasured")
    statuses = ("reported", "zero_not_solicited", "sought_not_reported", "not_sought", "unknown")
    found = {
        (row["drug"], row["population"], row["domain"], status): row[f"{status}_count"]
        for row in rows
        for status in statuses
        if row[f"{status}_count"]
    }
    assert found == dict(counts)
