"""The code lists: each row has a reason, each word one meaning, and the lists agree with one another."""

import csv
import re
from pathlib import Path

import pytest

from pipeline.models import find_code_lists
from tests.sql.reports.database import SQL

CODES = find_code_lists(SQL)
DRUGS = {"ketamine", "esketamine", "memantine", "dextromethorphan", "amantadine", "magnesium"}
ROUTES = {
    "intravenous", "intramuscular", "subcutaneous", "intranasal", "oral", "sublingual_buccal", "transdermal",
    "topical", "epidural", "intrathecal", "rectal", "inhaled", "parenteral_unspecified", "other", "unknown",
}  # fmt: skip
REACTIONS = {
    "hallucination", "paranoia", "confusion", "nausea", "vomiting", "dissociation", "misuse_or_dependence",
    "depression_or_suicidality",
}  # fmt: skip


def rows(name: str) -> list[dict[str, str]]:
    with CODES[name].open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("path", CODES.values(), ids=lambda path: path.stem)
def test_every_row_says_why(path: Path) -> None:
    for row in rows(path.stem):
        assert None not in row and None not in row.values(), row
        assert (row.get("why") or row.get("source") or "").strip(), row


def test_drugs_routes_and_reactions_are_those_of_the_contract() -> None:
    assert {row["drug"] for row in rows("ingredient")} == DRUGS | {""}
    assert {row["route"] for row in rows("route")} == ROUTES
    assert {row["route"] for name in ("route_pattern", "dose_form") for row in rows(name)} <= ROUTES
    assert {row["reaction"] for row in rows("reaction")} == REACTIONS
    narrow = {
        row["preferred_term"]
        for row in rows("reaction")
        if row["definition"] == "narrow" and row["reaction"] == "paranoia"
    }
    assert narrow == {"Paranoia", "Persecutory delusion"}


def test_brands_lead_to_ingredients_of_the_watch_list_or_away_from_it() -> None:
    """A brand's ingredients are coded, or are companions in a combination."""
    coded = {row["ingredient_text"] for row in rows("ingredient")}
    for row in rows("drug_name"):
        parts = row["ingredients"].split("\\")
        assert coded & set(parts), row


@pytest.mark.parametrize(
    ("pattern", "text", "route"),
    [
        (1, "50 MG IV", "intravenous"),
        (1, "I.V. BOLUS", "intravenous"),
        (2, "100 MG I.M.", "intramuscular"),
        (4, "SNORTED A LINE", "intranasal"),
        (6, "20 MG P.O. BID", "oral"),
        (12, "SMOKED", "inhaled"),
    ],
)
def test_a_dose_text_hints_at_a_route(pattern: int, text: str, route: str) -> None:
    found = next(row for row in rows("route_pattern") if row["rank"] == str(pattern))
    assert found["route"] == route
    assert re.search(found["pattern"], text)


@pytest.mark.parametrize("text", ["50 MG QD", "1 DF", "MG, UNK", "GIVEN ONCE"])
def test_a_dose_text_without_a_route_hints_at_none(text: str) -> None:
    assert [row["route"] for row in rows("route_pattern") if re.search(row["pattern"], text)] == []


def test_every_route_code_of_the_e2b_list_is_known(shared: Path) -> None:
    """The 67 routes of the ICH list, in the agency's spelling, misspellings included."""
    with (shared / "data/vocab_routes/openfda_e2b_r2_route_codes.csv").open(newline="") as file:
        labels = {row["label"].upper() for row in csv.DictReader(file)}
    assert len(labels) == 67
    assert labels <= {row["route_text"] for row in rows("route")}


def test_routes_seen_often_in_the_real_database_are_known(shared: Path) -> None:
    """Every route spelling seen in FAERS by the DiAna project is in our list."""
    with (shared / "data/vocab_routes/diana_route_st.csv").open(newline="") as file:
        seen = {row["route"].upper() for row in csv.DictReader(file, delimiter=";") if row["route"] != "NA"}
    assert seen <= {row["route_text"] for row in rows("route")}


def test_comparators_are_whole_ingredients_of_another_drug() -> None:
    """A drug is never compared with itself, and each name is one that a salt or a dose form was already taken off."""
    bare = {row["word"] for row in rows("name_word")}
    watched = {row["ingredient"] for row in rows("ingredient") if row["drug"]}
    listed = rows("comparator")
    assert {row["drug"] for row in listed} == DRUGS - {"magnesium"}
    for row in listed:
        assert row["ingredient"] == row["ingredient"].upper().strip(), row
        assert row["ingredient"].split()[-1] not in bare and row["ingredient"] not in watched, row
    assert len({row["comparator"] for row in listed}) == len({(row["comparator"], row["drug"]) for row in listed})


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("comparator", ("comparator", "ingredient")),
        ("report_context", ("context", "preferred_term")),
        ("reaction_label", ("drug", "reaction")),
        ("signal_review", ("drug", "reaction", "review_date")),
        ("signal_control", ("ingredient", "preferred_term")),
    ],
)
def test_an_entry_stands_once(name: str, key: tuple[str, ...]) -> None:
    keys = [tuple(row[column].lower() for column in key) for row in rows(name)]
    assert len(keys) == len(set(keys))


def test_terms_are_spelt_as_in_the_list_of_reactions() -> None:
    """One spelling of a term across the lists, so that what joins one joins the other."""
    spelling = {row["preferred_term"].lower(): row["preferred_term"] for row in rows("reaction")}
    for name in ("report_context", "signal_control"):
        for row in rows(name):
            term = row["preferred_term"]
            assert term == spelling.get(term.lower(), term[0].upper() + term[1:]), row


def test_labels_reviews_and_controls_use_the_words_of_the_contract() -> None:
    assert {row["status"] for row in rows("reaction_label")} <= {"labelled", "not_labelled"}
    assert {row["drug"] for row in rows("reaction_label")} <= DRUGS
    assert {row["reaction"] for name in ("reaction_label", "signal_review") for row in rows(name)} <= REACTIONS
    assert {row["decision"] for row in rows("signal_review")} <= {"validated", "refuted", "known", "monitor"}
    for row in [*rows("reaction_label"), *rows("signal_review")]:
        date = row.get("label_date") or row.get("review_date") or ""
        assert re.fullmatch(r"(\d{4}-\d\d-\d\d)?", date), row


def test_controls_hold_a_dozen_of_each_and_the_known_signal_of_esketamine() -> None:
    told = {(row["ingredient"], row["preferred_term"]): row["expected"] for row in rows("signal_control")}
    assert set(told.values()) == {"positive", "negative"}
    assert min(list(told.values()).count(word) for word in ("positive", "negative")) >= 12
    assert told["ESKETAMINE", "Dissociation"] == "positive"
