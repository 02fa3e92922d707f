"""Names that the lists do not decide wait for a person, first those that would move most cases."""

import duckdb
import pytest

from pipeline import warehouse
from tests.sql.reports.database import SQL, fetch, load_deliveries
from tests.sql.reports.text_tables import make_quarter

pytestmark = pytest.mark.slow

QUEUED = {
    "PERINDOPRIL MAGNESIUM": ("magnesium", "undecided words"),
    "MAGNESIUM OLEUM NOVUM": ("magnesium", "undecided words"),
    "L-KETAMINE": ("ketamine", "undecided words"),
    "MEMANTNE": ("memantine", "similar spelling"),
    "AMATADINE HCL": ("amantadine", "similar spelling"),
    "ROBITUSSIN": ("dextromethorphan", "several products"),
    "MUCINEX FAST-MAX": ("dextromethorphan", "several products"),
}
DECIDED = (
    "MEMANTINE MERZ", "KETAMINE ANTAGONIST", "NORKETAMINE", "RIMANTADINE TEVA", "ESOMEPRAZOLE MAGNESIUM MYLAN",
    "MAGNESIUM STEARATE", "CALCIUM MAGNESIUM ZINC", "ASPIRIN", "MUCINEX DM MAX", "MANNITOL",
)  # fmt: skip


def queue(database: duckdb.DuckDBPyConnection, drugs: list[str]) -> list[tuple[str, str, str, int]]:
    """The review queue of a legacy quarter; each drug is `case | role | name`."""
    cases = sorted({drug.split("|")[0].strip() for drug in drugs})
    demo = "\n".join(f"{case} | {case} | 20100105" for case in cases)
    rows = "\n".join(f"{drug} | {number}" for number, drug in enumerate(drugs))
    tables = {
        "demo": f"primaryid | caseid | fda_dt\n{demo}",
        "drug": f"primaryid | role_cod | drugname | drug_seq\n{rows}",
        "reac": "primaryid | pt\n" + "\n".join(f"{case} | Nausea" for case in cases),
    }
    load_deliveries(database, [make_quarter("2010Q1", **tables)])
    warehouse.fill_review_queue(database, SQL)
    return fetch(database, "select name_text, resembles, resemblance, case_count from meta.review_queue")


def test_undecided_names_are_queued_and_decided_ones_are_not(database: duckdb.DuckDBPyConnection) -> None:
    names = [*QUEUED, *DECIDED]
    found = queue(database, [f"{100 + number} | PS | {name}" for number, name in enumerate(names)])
    assert {name: (drug, why) for name, drug, why, _ in found} == QUEUED


def test_queue_counts_each_case_once_and_suspects_only(database: duckdb.DuckDBPyConnection) -> None:
    """A case that names it twice, or in small letters, is moved once; a concomitant drug moves no count."""
    drugs = [
        "11 | PS | MEMANTNE", "11 | SS | memantne", "12 | SS | MEMANTNE", "13 | C | MEMANTNE",
        "14 | PS | L-KETAMINE", "15 | C | ROBITUSSIN",
    ]  # fmt: skip
    assert queue(database, drugs) == [
        ("MEMANTNE", "memantine", "similar spelling", 2),
        ("L-KETAMINE", "ketamine", "undecided words", 1),
    ]


@pytest.mark.parametrize("name", QUEUED)
def test_queued_name_counts_for_no_drug(database: duckdb.DuckDBPyConnection, name: str) -> None:
    queue(database, [f"11 | PS | {name}"])
    assert fetch(database, "select distinct drug from events.exposure") == [(None,)]
