"""The code lists of trials: closed vocabularies, consistent with the lists of reports."""

import re

import duckdb
import pytest

from pipeline import typed
from tests.sql.trials.study_records import SQL

pytestmark = pytest.mark.slow

ROUTES = {
    "intravenous", "intramuscular", "subcutaneous", "intranasal", "oral", "sublingual_buccal", "transdermal",
    "topical", "epidural", "intrathecal", "rectal", "inhaled", "parenteral_unspecified", "other",
}  # fmt: skip
DRUGS = {"ketamine", "esketamine", "memantine", "dextromethorphan", "amantadine", "magnesium"}


def read_codes(name: str) -> list[dict[str, str]]:
    """The rows of a list, whether it is a file or follows from others; what is blank is an empty text."""
    with duckdb.connect() as connection:
        typed.load_codes(connection, SQL)
        columns = [column[0] for column in connection.execute(f"from codes.{name}").description or []]
        return [
            {column: value or "" for column, value in zip(columns, row, strict=True)} for row in connection.fetchall()
        ]


def test_code_lists_use_closed_vocabularies():
    """A word outside the contract would make a row that no reader queries."""
    assert {row["drug"] for row in read_codes("trial_drug")} == DRUGS | {""}
    assert {row["usual_route"] for row in read_codes("trial_drug")} <= ROUTES | {""}
    assert {row["route"] for row in read_codes("trial_route")} <= ROUTES
    assert {row["kind"] for row in read_codes("trial_route")} == {"word", "form"}
    assert {row["role"] for row in read_codes("trial_control")} == {"placebo", "active_placebo", "no_treatment"}
    assert {row["population"] for row in read_codes("trial_population")} == {
        "chronic_pain",
        "depression",
        "anaesthesia",
        "",
    }
    assert {row["kind"] for row in read_codes("trial_group")} == {
        "whole", "pool", "period", "time", "no period", "apart", "sequence",
    }  # fmt: skip
    assert {row["definition"] for row in read_codes("trial_reaction")} == {"narrow", "broad"}
    assert {row["certainty"] for row in read_codes("certainty_review")} <= {"very low", "low", "moderate", "high"}


def test_trial_reaction_spellings_do_not_repeat_or_contradict_those_of_reports():
    listed = {(row["reaction"], row["preferred_term"].lower()): row["definition"] for row in read_codes("reaction")}
    again = [row["term"] for row in read_codes("trial_reaction") if (row["reaction"], row["term"]) in listed]
    assert again == []


def test_code_list_entries_are_unique():
    for name, key in (
        ("trial_drug", ("name",)), ("trial_other_name", ("name",)), ("trial_control", ("name",)),
        ("trial_population", ("name",)), ("trial_route", ("name", "kind")), ("trial_reaction", ("term", "reaction")),
    ):  # fmt: skip
        rows = [tuple(row[column] for column in key) for row in read_codes(name)]
        assert len(rows) == len(set(rows)), name
        assert all(part == part.lower().strip() for row in rows for part in row), name


def test_outcome_words_are_stored_in_comparable_form():
    """A hyphen or a capital in the list would never match; a domain outside the contract would never be read."""
    listed = read_codes("outcome_domain")
    reactions = {row["reaction"] for row in read_codes("reaction")} | {
        row["rollup"] for row in read_codes("reaction_rollup")
    }
    assert {row["domain"] for row in listed} == {"pain", "depressive_symptoms", "opioid_use", ""} | reactions
    kinds = {"says", "subject", "measure", "scale", "item", "within", "composite", "other", "not"}
    assert {row["kind"] for row in listed} == kinds
    assert [row["name"] for row in listed if not re.fullmatch(r"[a-z0-9]+( [a-z0-9]+)*[*]?", row["name"])] == []
    assert {row["kind"] for row in listed if not row["domain"]} == {"composite", "other"}
    assert [row["name"] for row in listed if row["name"].endswith("*") and row["kind"] in ("not", "within")] == []
    keys = [(row["name"], row["domain"], row["kind"]) for row in listed]
    assert len(keys) == len(set(keys))
    assert all(row["why"] for row in listed)
