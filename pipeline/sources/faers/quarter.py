"""Landing one FAERS quarter: which members of an archive are its tables, and which of its era they are."""

import re
from pathlib import Path

from pipeline.errors import DeliveryRefused
from pipeline.landing import delivery
from pipeline.landing.archive import Archive, find_member, member_path, open_archive, read_through
from pipeline.landing.corrections import read_corrections
from pipeline.landing.delivery import NotLanded, Staged
from pipeline.landing.inbox import Offer
from pipeline.landing.layout import TableShape
from pipeline.landing.receipts import Receipt
from pipeline.landing.staging import StagedMember, stage_members
from pipeline.settings import Settings
from pipeline.sources.faers.layout import FIRST_MODERN_QUARTER, TABLES, make_shape

_MEMBER = re.compile(rf"({'|'.join(TABLES)})(\d\d|\d{{4}})q([1-4])(?:_.*)?", re.IGNORECASE)


def land_quarter(offer: Offer, settings: Settings) -> Receipt | NotLanded:
    """Land one quarter: a zip, or a folder of its loose files. Raises DeliveryRefused with what and where."""
    return delivery.land(offer, settings, stage_quarter)


def stage_quarter(kept: Path, raw: Path, quarantine: Path, settings: Settings) -> Staged:
    """Stage the kept bytes of one quarter into its raw and quarantine folders. Raises DeliveryRefused."""
    with open_archive(kept, settings) as archive:
        names = list(archive.members)
        lists = [name for name in names if _is_deletion_list(name)]
        if names and len(lists) == len(names):
            raise DeliveryRefused(
                "this is a list of deleted cases without its quarter",
                where=kept.name,
                todo="put it into the folder (or zip) of the quarter it was published with, and offer that whole",
            )
        period = _find_period([name for name in names if name not in lists], kept.name)
        shapes = {table: make_shape(table, period) for table in (*TABLES, "deleted")}
        members = _choose_tables(archive, shapes, period, kept.name)
        members += _choose_deletion_lists(archive, shapes["deleted"], lists)
        ignored = sorted(set(names) - {member.name for member in members})
        tables = stage_members(members, shapes.values(), read_corrections(settings.sql_dir), raw, quarantine)
        read_through(archive, ignored)
    era = "laers" if period < FIRST_MODERN_QUARTER else "faers"
    return Staged(period, period, era, tables, ignored)


def _find_period(names: list[str], where: str) -> str:
    """The one quarter that the tables' names state."""
    periods = set()
    for name in names:
        path = member_path(name)
        if path.suffix == ".txt" and (match := _MEMBER.fullmatch(path.stem)):
            periods.add(f"20{match[2][-2:]}Q{match[3]}")
    if len(periods) != 1:
        found = f"tables of several quarters: {', '.join(sorted(periods))}" if periods else "no FAERS table"
        raise DeliveryRefused(
            f"there is {found}",
            where=where,
            todo="offer the archive (or folder) of one quarter, with DEMO, DRUG, REAC, OUTC, RPSR, THER and INDI",
        )
    return periods.pop()


def _choose_tables(archive: Archive, shapes: dict[str, TableShape], period: str, where: str) -> list[StagedMember]:
    names = [name for name in archive.members if not _is_deletion_list(name)]
    members, missing = [], []
    for table in TABLES:
        short, long = f"{table}{period[2:]}", f"{table}{period}"
        name = find_member(names, short) or find_member(names, long)
        if name is None:
            missing.append(short.upper())
        else:
            members.append(_member(archive, table, name, shapes[table]))
    if missing:
        raise DeliveryRefused(
            f"of the seven tables {len(missing)} are missing: {', '.join(missing)}",
            where=where,
            todo="offer the quarter whole; FDA's archive holds all seven",
        )
    return members


def _choose_deletion_lists(archive: Archive, shape: TableShape, names: list[str]) -> list[StagedMember]:
    keys = ["deleted", *(f"deleted_{number}" for number in range(2, len(names) + 1))]
    return [_member(archive, key, name, shape) for key, name in zip(keys, sorted(names), strict=False)]


def _member(archive: Archive, key: str, name: str, shape: TableShape) -> StagedMember:
    return StagedMember(key, name, shape, lambda: archive.open(name))


def _is_deletion_list(name: str) -> bool:
    """Every .txt under a folder Deleted, or named as one: its name has drifted over the years."""
    path = member_path(name)
    if path.suffix != ".txt" or path.stem.startswith("readme"):
        return False
    return "deleted" in path.parts[:-1] or "delete" in path.stem
