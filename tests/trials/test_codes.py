"""The code lists of trials: closed vocabularies, and no quarrel with the lists that read reports."""

import csv

from tests.trials.register import SQL

ROUTES = {
    "intravenous", "intramuscular", "subcutaneous", "intranasal", "oral", "sublingual_buccal", "transdermal",
    "topical", "epidural", "intrathecal", "rectal", "inhaled", "parenteral_unspecified", "other",
}  # fmt: skip
DRUGS = {"ketamine", "esketamine", "memantine", "dextromethorphan", "amantadine", "magnesium"}


def read(name: str) -> list[dict[str, str]]:
    with (SQL / "codes" / f"{name}.csv").open(newline="", encoding="utf-8") as file:
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
