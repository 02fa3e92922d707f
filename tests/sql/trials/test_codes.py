"""The code lists of trials: closed vocabularies, and no quarrel with the lists that read reports."""

import csv
import re

from pipeline.models import find_code_lists
from tests.sql.trials.study_records import SQL

ROUTES = {
    "intravenous", "intramuscular", "subcutaneous", "intranasal", "oral", "sublingual_buccal", "transdermal",
    "topical", "epidural", "intrathecal", "rectal", "inhaled", "parenteral_unspecified", "other",
}  # fmt: skip
DRUGS = {"ketamine", "esketamine", "memantine", "dextromethorphan", "amantadine", "magnesium"}


def read(name: str) -> list[dict[str, str]]:
    with find_code_lists(SQL)[name].open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_vocabularies_are_closed():
    """A word outside the contract would make a row that nobody looks for."""
    assert {row["drug"] for row in read("trial_drug")} == DRUGS | {""}
    assert {row["usual_route"] for row in read("trial_drug")} <= ROUTES | {""}
    assert {row["route"] for row in read("trial_route")} <= ROUTES
    assert {row["kind"] for row in read("trial_route")} == {"word", "form"}
    assert {row["role"] for row in read("trial_control")} == {"placebo", "active_placebo", "no_treatment"}
    assert {row["population"] for row in read("trial_population")} == {
        "chronic_pain",
        "depression",
        "anaesthesia",
        "",
    }
    assert {row["kind"] for row in read("trial_group")} == {
        "whole", "pool", "period", "time", "apart", "sequence",
    }  # fmt: skip
    assert {row["definition"] for row in read("trial_reaction")} == {"narrow", "broad"}
    assert {row["certainty"] for row in read("certainty_review")} <= {"very low", "low", "moderate", "high"}


def test_a_name_means_the_same_drug_in_trials_and_in_reports():
    """Where both lists know a name, they agree on the drug."""
    reported = {row["ingredient_text"].lower(): row["drug"] for row in read("ingredient")}
    named = {row["name"].lower(): row["ingredients"].lower() for row in read("drug_name")}
    for row in read("trial_drug"):
        if row["drug"] and row["name"] in reported:
            assert reported[row["name"]] == row["drug"], row["name"]
        if row["drug"] and row["name"] in named:
            assert row["drug"] in named[row["name"]], row["name"]


def test_spellings_of_reactions_do_not_repeat_or_contradict_the_reports_list():
    listed = {(row["reaction"], row["preferred_term"].lower()): row["definition"] for row in read("reaction")}
    again = [row["term"] for row in read("trial_reaction") if (row["reaction"], row["term"]) in listed]
    assert again == []


def test_each_list_names_a_thing_once():
    for name, key in (
        ("trial_drug", ("name",)), ("trial_control", ("name",)), ("trial_population", ("name",)),
        ("trial_route", ("name", "kind")), ("trial_reaction", ("term", "reaction")),
    ):  # fmt: skip
        rows = [tuple(row[column] for column in key) for row in read(name)]
        assert len(rows) == len(set(rows)), name
        assert all(part == part.lower().strip() for row in rows for part in row), name


def test_words_of_outcomes_are_words_as_they_are_compared():
    """A hyphen or a capital in the list would never be found; a domain of our own would be seen by nobody."""
    listed = read("outcome_domain")
    reactions = {row["reaction"] for row in read("reaction")} | {row["rollup"] for row in read("reaction_rollup")}
    assert {row["domain"] for row in listed} == {"pain", "depressive_symptoms", "opioid_use", ""} | reactions
    kinds = {"says", "subject", "measure", "scale", "within", "composite", "other", "not"}
    assert {row["kind"] for row in listed} == kinds
    assert [row["name"] for row in listed if not re.fullmatch(r"[a-z0-9]+( [a-z0-9]+)*[*]?", row["name"])] == []
    assert {row["kind"] for row in listed if not row["domain"]} == {"composite", "other"}
    assert [row["name"] for row in listed if row["name"].endswith("*") and row["kind"] in ("not", "within")] == []
    keys = [(row["name"], row["domain"], row["kind"]) for row in listed]
    assert len(keys) == len(set(keys))
    assert all(row["why"] for row in listed)
