"""For any bytes, every line has one disposition, and the bytes can be rebuilt without the landing copy."""

import hashlib
import shutil
from collections import Counter
from pathlib import Path

import pytest

from pipeline.landing.inbox import Offer
from pipeline.landing.rebuild import find_differences, rebuild_member
from pipeline.landing.receipts import Receipt
from pipeline.settings import Settings
from pipeline.sources import faers
from tests.landing.fuzz import COLUMNS, make_member
from tests.landing.independent_counts import count_physical_lines
from tests.repetitions import choose_count

SHARES = {"demo": 0.15, "drug": 0.3, "reac": 0.15, "outc": 0.1, "rpsr": 0.05, "ther": 0.1, "indi": 0.15}


def test_five_thousand_fuzzed_lines_are_accounted_for(settings: Settings, tmp_path: Path) -> None:
    """A short form of the slow test below."""
    land_fuzzed_quarter(settings, tmp_path, 5_000, seed=0)


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(choose_count(3, 10)))
def test_a_hundred_thousand_fuzzed_lines_are_accounted_for(settings: Settings, tmp_path: Path, seed: int) -> None:
    """100,000 lines of every kind of fault: one disposition each, rebuilt byte for byte; the shares are printed."""
    planted, receipt = land_fuzzed_quarter(settings, tmp_path, 100_000, seed)
    print_shares(seed, planted, receipt)


def land_fuzzed_quarter(settings: Settings, tmp_path: Path, lines: int, seed: int) -> tuple[Counter[str], Receipt]:
    """Land a fuzzed quarter, delete the landing copy, and check the account of every member."""
    members, planted = {}, Counter[str]()
    for table in COLUMNS:
        members[table], faults = make_member(table, round(lines * SHARES[table]), seed)
        planted += faults
    receipt = land_folder(settings, tmp_path, members)
    shutil.rmtree(settings.landing)
    assert planted.total() == lines
    for table, data in members.items():
        account = receipt.tables[table]
        assert account.bytes == len(data) and account.sha256 == hashlib.sha256(data).hexdigest()
        assert account.physical_lines == count_physical_lines(data)
        disposed = account.header_lines + account.blank_lines + account.staged_lines + account.quarantined_lines
        assert disposed == account.physical_lines
        assert account.records == account.staged_lines + account.splits - account.joins
        assert b"".join(rebuild_member(settings, receipt, table)) == data
    assert find_differences(settings, receipt) == []
    return planted, receipt


def land_folder(settings: Settings, tmp_path: Path, members: dict[str, bytes]) -> Receipt:
    """Land members as the loose files of 2011Q4."""
    folder = tmp_path / "quarter"
    folder.mkdir()
    for table, data in members.items():
        (folder / f"{table.upper()}11Q4.TXT").write_bytes(data)
    receipt = faers.land(Offer("faers", "inbox", folder, "quarter"), settings)
    assert isinstance(receipt, Receipt)
    return receipt


def print_shares(seed: int, planted: Counter[str], receipt: Receipt) -> None:
    """Print what was planted, and what became of the lines."""
    lines = sum(table.physical_lines for table in receipt.tables.values())
    print(f"\nseed {seed}: {planted.total()} lines planted, {lines} physical lines")
    for fault, count in sorted(planted.items(), key=lambda item: -item[1]):
        print(f"  {fault:24} {count:7} {count / planted.total():7.2%}")
    for disposition in ("header", "blank", "staged", "quarantined"):
        count = sum(getattr(table, f"{disposition}_lines") for table in receipt.tables.values())
        print(f"  lines {disposition:18} {count:7} {count / lines:7.2%}")
