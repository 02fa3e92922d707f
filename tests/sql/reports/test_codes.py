"""The code lists: each row has a reason, each word one meaning, and the lists agree with each other."""

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
def test_every_row_of_a_code_list_has_a_reason_or_source(path: Path) -> None:
    for row in rows(path.stem):
        assert None not in row and None not in row.values(), row
        assert (row.get("why") or row.get("source") or "").strip(), row


def test_drugs_routes_and_reactions_match_the_contract() -> None:
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


def test_every_brand_has_a_listed_ingredient() -> None:
    """At least one ingredient of a brand is in the list of ingredients; the others are companions in a
    combination."""
    coded = {row["ingredient_text"] for row in rows("ingredient")}
    for row in rows("watched_name"):
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
def test_dose_text_pattern_matches_its_route(pattern: int, text: str, route: str) -> None:
    found = next(row for row in rows("route_pattern") if row["rank"] == str(pattern))
    assert found["route"] == route
    assert re.search(found["pattern"], text)


@pytest.mark.parametrize("text", ["50 MG QD", "1 DF", "MG, UNK", "GIVEN ONCE"])
def test_dose_text_without_a_route_matches_no_pattern(text: str) -> None:
    assert [row["route"] for row in rows("route_pattern") if re.search(row["pattern"], text)] == []


def test_every_e2b_route_code_is_in_the_route_list(shared: Path) -> None:
    """The 67 routes of the ICH list, in the agency's spelling, misspellings included."""
    with (shared / "data/vocab_routes/openfda_e2b_r2_route_codes.csv").open(newline="") as file:
        labels = {row["label"].upper() for row in csv.DictReader(file)}
    assert len(labels) == 67
    assert labels <= {row["route_text"] for row in rows("route")}


def test_every_route_seen_by_diana_is_in_the_route_list(shared: Path) -> None:
    """Every route spelling that the DiAna project found in FAERS is in our list."""
    with (shared / "data/vocab_routes/diana_route_st.csv").open(newline="") as file:
        seen = {row["route"].upper() for row in csv.DictReader(file, delimiter=";") if row["route"] != "NA"}
    assert seen <= {row["route_text"] for row in rows("route")}


def test_comparators_are_coded_ingredients_of_another_drug() -> None:
    """A drug is never compared with itself, and each name is without its salt and dose form."""
    name_words = {row["word"] for row in rows("name_word")}
    watched = {row["ingredient"] for row in rows("ingredient") if row["drug"]}
    listed = rows("comparator")
    assert {row["drug"] for row in listed} == DRUGS - {"magnesium"}
    for row in listed:
        assert row["ingredient"] == row["ingredient"].upper().strip(), row
        assert row["ingredient"].split()[-1] not in name_words and row["ingredient"] not in watched, row
    assert len({row["comparator"] for row in listed}) == len({(row["comparator"], row["drug"]) for row in listed})


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("comparator", ("comparator", "ingredient")),
        ("report_context", ("context", "preferred_term")),
        ("reaction_label", ("drug", "reaction")),
        ("indication", ("preferred_term",)),
        ("indication_label", ("drug", "route", "region", "preferred_term")),
        ("indication_population", ("value",)),
        ("label_region", ("country",)),
        ("route_product", ("drug", "route")),
        ("signal_review", ("drug", "reaction", "review_date")),
        ("signal_control", ("ingredient", "preferred_term")),
        ("signal_family", ("dimension", "value")),
        ("sequential_plan", ("name", "value")),
        ("published_prior", ("name",)),
        ("risk_programme", ("drug", "route", "programme")),
    ],
)
def test_code_list_keys_are_unique(name: str, key: tuple[str, ...]) -> None:
    keys = [tuple(row[column].lower() for column in key) for row in rows(name)]
    assert len(keys) == len(set(keys))


def test_terms_are_spelt_alike_in_every_list() -> None:
    """One spelling of a term across the lists, so that what joins one joins the other."""
    spelling = {row["preferred_term"].lower(): row["preferred_term"] for row in rows("reaction")}
    for name in ("report_context", "signal_control"):
        for row in rows(name):
            term = row["preferred_term"]
            assert term == spelling.get(term.lower(), term[0].upper() + term[1:]), row


def test_labels_of_indications_are_of_known_drugs_routes_regions_and_terms() -> None:
    """What the label leaves out is said once for a drug, region and route; a status is labelled or open beside it."""
    labels = rows("indication_label")
    known = {row["preferred_term"].lower(): row["preferred_term"] for row in rows("indication")}
    assert {row["drug"] for row in labels} == DRUGS
    assert {row["region"] for row in labels} <= {row["region"] for row in rows("label_region")}
    rest = [(row["drug"], row["region"], row["route"]) for row in labels if not row["preferred_term"]]
    for drug, region, _ in rest:
        routes = [route for *of, route in rest if of == [drug, region]]
        assert routes == [""] or "" not in routes, (drug, region)
    for row in labels:
        term = row["preferred_term"]
        assert term == known.get(term.lower(), term), row
        assert row["status"] in (("labelled", "unknown") if term else ("not_labelled",)), row
        assert re.fullmatch(r"(\d{4}-\d\d-\d\d)?", row["since"]), row
        assert bool(row["route"]) or not term, row


@pytest.mark.parametrize("name", ["indication_label", "reaction_label", "route_product"])
def test_what_is_verified_was_read_somewhere(name: str) -> None:
    """A row from memory says so and is not verified."""
    for row in rows(name):
        assert row["verified"] in ("yes", "no") and row["source"] and row["why"], row
        assert row["verified"] == "no" or "from memory" not in row["source"], row


def test_populations_of_indications_are_those_of_the_list() -> None:
    kinds = {row["value"] for row in rows("indication_population")}
    assert {row["population"] for row in rows("indication")} <= kinds
    assert {row["population"] for row in rows("indication")} >= kinds - {"other"}


def test_published_prior_is_that_of_its_source_and_off() -> None:
    """The prior that vignette 4 of openEBGM prints; what it shrinks is off until a person writes yes."""
    (prior,) = rows("published_prior")
    numbers = [float(prior[name]) for name in ("alpha1", "beta1", "alpha2", "beta2", "weight")]
    assert numbers == [3.25379356, 0.39988854, 2.02612692, 1.90807970, 0.06534557]
    assert prior["in_use"] == "no"


def test_plan_of_the_sequential_test_is_complete() -> None:
    plan = [(row["name"], row["value"]) for row in rows("sequential_plan")]
    assert [value for name, value in plan if name == "start_quarter"] == ["2026Q4"]
    assert [value for name, value in plan if name == "alpha"] == ["0.05"]
    assert all(float(value) > 1 for name, value in plan if name == "odds_ratio")


def test_labels_reviews_and_controls_use_closed_vocabularies() -> None:
    assert {row["status"] for row in rows("reaction_label")} <= {"labelled", "not_labelled"}
    assert {row["drug"] for row in rows("reaction_label")} <= DRUGS
    assert {row["reaction"] for name in ("reaction_label", "signal_review") for row in rows(name)} <= REACTIONS
    assert {row["decision"] for row in rows("signal_review")} <= {"validated", "refuted", "known", "monitor"}
    for row in [*rows("reaction_label"), *rows("signal_review")]:
        date = row.get("label_date") or row.get("review_date") or ""
        assert re.fullmatch(r"(\d{4}-\d\d-\d\d)?", date), row


def test_family_of_tests_matches_the_contract() -> None:
    """Rule 8; the order of reactions is that of the drawn tables' columns, so another order gives other p-values."""
    family = sorted(rows("signal_family"), key=lambda row: int(row["position"]))
    members = {kind: [row["value"] for row in family if row["dimension"] == kind] for kind in ("route", "reaction")}
    assert members["route"] == ["any", "intravenous", "not_intravenous"]
    assert members["reaction"] == ["hallucination", "paranoia", "confusion", "nausea", "vomiting"]
    assert len(family) == 8


def test_control_list_has_twelve_of_each_kind_and_esketamine_dissociation() -> None:
    expected = {(row["ingredient"], row["preferred_term"]): row["expected"] for row in rows("signal_control")}
    assert set(expected.values()) == {"positive", "negative"}
    assert min(list(expected.values()).count(word) for word in ("positive", "negative")) >= 12
    assert expected["ESKETAMINE", "Dissociation"] == "positive"


def test_every_country_code_means_itself_unless_it_was_withdrawn_or_is_reserved() -> None:
    """All two-letter codes that a text may be coded as are texts themselves, and each text is as it is looked up."""
    listed = {row["country_text"]: row["country"] for row in rows("country")}
    assert len(listed) == len(rows("country"))
    for text, country in listed.items():
        assert text == " ".join(text.upper().split()), text
        assert country == "unknown" or listed[country] == country, text
    alpha_three = [row for row in rows("country") if row["why"].startswith("ISO 3166 alpha-3")]
    alpha_two = {row["country"] for row in rows("country") if row["why"].startswith("ISO 3166 alpha-2")}
    assert {row["country"] for row in alpha_three} | {"US"} == alpha_two
    assert len(alpha_two) == 249
