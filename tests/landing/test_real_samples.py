"""Real FAERS files of both eras, compared with counts made without the pipeline."""

import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline.landing.inbox import find_offers
from pipeline.landing.rebuild import find_differences, rebuild_member
from pipeline.landing.receipts import Receipt
from pipeline.settings import Settings
from pipeline.sources import faers
from pipeline.sources.faers.layout import TABLES
from tests.landing.independent_counts import count_physical_lines, count_table, read_members

SAMPLES = [
    ("faers_ascii_2004q1_sample/aers_ascii_2004q1.zip", "2004Q1", "laers"),
    ("faers_ascii_2004q1_sample/ascii", "2004Q1", "laers"),
    ("faers_ascii_2017q2_sample/faers_ascii_2017q2.zip", "2017Q2", "faers"),
    ("faers_ascii_2017q2_sample/ascii", "2017Q2", "faers"),
]


@pytest.mark.parametrize(("name", "period", "era"), SAMPLES)
def test_real_quarter_agrees_with_an_independent_count(
    settings: Settings, shared: Path, name: str, period: str, era: str
) -> None:
    """Every line is accounted for, no record is lost, and the bytes can be rebuilt after the landing copy is
    deleted."""
    source = shared / "data" / name
    receipt = land_copy(settings, source)
    assert (receipt.period, receipt.era) == (period, era)
    shutil.rmtree(settings.landing)
    members = read_members(source)
    assert set(members) == set(receipt.tables) == set(TABLES)
    for table, data in members.items():
        account, counted = receipt.tables[table], count_table(data)
        assert account.physical_lines == count_physical_lines(data)
        assert (account.header_lines, account.quarantined_lines) == (counted["header"], counted["broken"])
        assert account.staged_lines == account.records == counted["records"] == count_rows(settings, receipt, table)
        assert b"".join(rebuild_member(settings, receipt, table)) == data
    assert find_differences(settings, receipt) == []
    broken = settings.quarantine / "faers" / receipt.delivery_id / "lines.parquet"
    assert pq.read_metadata(broken).num_rows == sum(count_table(data)["broken"] for data in members.values())


def test_values_of_a_real_legacy_record_are_in_their_columns(settings: Settings, shared: Path) -> None:
    """The header calls the phantom column v23; the case number, sex and reporter are in the right columns."""
    receipt = land_copy(settings, shared / "data/faers_ascii_2004q1_sample/aers_ascii_2004q1.zip")
    demo = read_rows(settings, receipt, "demo")[0]
    assert (demo["primaryid"], demo["caseid"], demo["image"]) == ("4263742", "4061110", "4263742-7")
    assert (demo["sex"], demo["occp_cod"], demo["confid"]) == ("F", "OT", "")
    assert demo["caseversion"] is None and demo["reporter_country"] is None
    drug = read_rows(settings, receipt, "drug")[0]
    assert (drug["drug_seq"], drug["drugname"], drug["caseid"]) == ("1004492716", "TAVOR", None)
    therapy = read_rows(settings, receipt, "ther")[0]
    assert (therapy["dsg_drug_seq"], therapy["start_dt"]) == ("1004492716", "20031115")


def land_copy(settings: Settings, source: Path) -> Receipt:
    """Put a copy of a sample into the inbox and land it."""
    target = settings.inbox / "faers" / source.name
    target.parent.mkdir(parents=True)
    shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    receipt = faers.land(find_offers(settings)[0], settings)
    assert isinstance(receipt, Receipt)
    return receipt


def count_rows(settings: Settings, receipt: Receipt, table: str) -> int:
    return int(pq.read_metadata(settings.raw / "faers" / receipt.delivery_id / f"{table}.parquet").num_rows)


def read_rows(settings: Settings, receipt: Receipt, table: str) -> list[dict[str, str | None]]:
    path = settings.raw / "faers" / receipt.delivery_id / f"{table}.parquet"
    rows: list[dict[str, str | None]] = pq.read_table(path).to_pylist()
    return rows
