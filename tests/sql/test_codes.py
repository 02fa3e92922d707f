"""The code lists: each row has a reason, each word one meaning, and the lists agree with one another."""

import csv
import re
from pathlib import Path

import pytest

from tests.sql.house import SQL

CODES = SQL / "codes"
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
    with (CODES / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("path", sorted(CODES.glob("*.csv")), ids=lambda path: path.stem)
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
