"""Drug names compared with an independent coding: 3,613 real drug lines and the substances the DiAna project gave."""

import csv
from collections import defaultdict
from pathlib import Path

import duckdb
import pytest

from tests.sql.reports.database import Delivery, fetch, load_deliveries

pytestmark = pytest.mark.slow

DRUGS = ("ketamine", "esketamine", "memantine", "dextromethorphan", "amantadine")


def test_real_drug_lines_are_coded_as_by_diana(database: duckdb.DuckDBPyConnection, shared: Path) -> None:
    """For every drug except magnesium, the same lines are coded as that drug and no other line is.

    The one difference: DiAna codes no substance for a cough mixture; we code dextromethorphan.
    """
    folder = shared / "data/faers_cleaned_diana_sample"
    with (folder / "sample_Drug_Name.csv").open(newline="") as file:
        lines = [
            {
                "primaryid": row["primaryid"].removesuffix(".0"),
                "caseid": "1",
                "drug_seq": row["drug_seq"],
                "drugname": row["drugname"],
                "prod_ai": row["prod_ai"],
            }
            for row in csv.DictReader(file)
        ]
    with (folder / "sample_Drug.csv").open(newline="") as file:
        meant = defaultdict(set)
        for row in csv.DictReader(file):
            meant[row["substance"]].add((row["primaryid"].removesuffix(".0"), row["drug_seq"]))
    meant["dextromethorphan"].add(("123761181", "1"))
    load_deliveries(database, [Delivery("2017Q2", "faers", {"drug": lines})])
    found = fetch(database, "select drug, report_id, drug_sequence from typed.faers_exposure where drug is not null")
    for drug in DRUGS:
        assert {row[1:] for row in found if row[0] == drug} == meant[drug], drug


def test_magnesium_counter_ions_and_dialysis_fluids_are_not_coded_as_magnesium(
    database: duckdb.DuckDBPyConnection, shared: Path
) -> None:
    """Of the 28 real lines with magnesium somewhere in the name, those of a proton pump inhibitor, a dialysis fluid
    or an oxybate are not magnesium."""
    with (shared / "data/faers_cleaned_diana_sample/sample_Drug_Name.csv").open(newline="") as file:
        lines = [
            {"primaryid": "1", "caseid": "1", "drug_seq": "1", "drugname": row["drugname"], "prod_ai": row["prod_ai"]}
            for row in csv.DictReader(file)
            if "MAGNESIUM" in row["prod_ai"]
        ]
    load_deliveries(database, [Delivery("2017Q2", "faers", {"drug": lines})])
    found = fetch(database, "select distinct ingredient from typed.faers_exposure where drug = 'magnesium'")
    assert {row[0] for row in found} == {"MAGNESIUM", "MAGNESIUM OXIDE", "MAGNESIUM HYDROXIDE"}
