"""FAERS quarterly ASCII extracts, both eras: which members a quarter has, and what their columns are called.

Legacy (LAERS, 2004Q1-2012Q3) is keyed by ISR and has no case id in its child tables; since 2012Q4 rows carry
primaryid and caseid. Both become the same raw columns; a column that a quarter does not have is null there.
"""

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

SOURCE = "faers"
FIRST_MODERN_QUARTER = "2012Q4"
TABLES = ("demo", "drug", "reac", "outc", "rpsr", "ther", "indi")
COLUMNS = {
    "demo": "primaryid caseid caseversion foll_seq image i_f_code event_dt mfr_dt init_fda_dt fda_dt rept_cod "
    "auth_num mfr_num mfr_sndr lit_ref age age_cod age_grp sex e_sub wt wt_cod rept_dt occp_cod death_dt to_mfr "
    "confid reporter_country occr_country",
    "drug": "primaryid caseid drug_seq role_cod drugname prod_ai val_vbm route dose_vbm cum_dose_chr cum_dose_unit "
    "dechal rechal lot_num exp_dt nda_num dose_amt dose_unit dose_form dose_freq",
    "reac": "primaryid caseid pt drug_rec_act",
    "outc": "primaryid caseid outc_cod",
    "rpsr": "primaryid caseid rpsr_cod",
    "ther": "primaryid caseid dsg_drug_seq start_dt end_dt dur dur_cod",
    "indi": "primaryid caseid indi_drug_seq indi_pt",
    "deleted": "caseid",
}
ALIASES = {
    "demo": {"isr": "primaryid", "case": "caseid", "gndr_cod": "sex", "i_f_cod": "i_f_code"},
    "drug": {"isr": "primaryid", "lot_nbr": "lot_num", "cum_dos_unit": "cum_dose_unit"},
    "reac": {"isr": "primaryid"},
    "outc": {"isr": "primaryid", "outc_code": "outc_cod"},
    "rpsr": {"isr": "primaryid"},
    "ther": {"isr": "primaryid", "drug_seq": "dsg_drug_seq"},
    "indi": {"isr": "primaryid", "drug_seq": "indi_drug_seq"},
    "deleted": {"case": "caseid"},
}
# The first quarter that has a column, by FDA's change notes. They do not date occr_country: it is surely there from
# 2014Q3 on, so only from then on is its absence a fault.
_BEGINS = {
    **dict.fromkeys(("caseversion", "init_fda_dt", "cum_dose_chr", "cum_dose_unit"), FIRST_MODERN_QUARTER),
    **dict.fromkeys(("dose_amt", "dose_unit", "dose_form", "dose_freq"), FIRST_MODERN_QUARTER),
    **dict.fromkeys(("auth_num", "lit_ref", "age_grp", "prod_ai", "drug_rec_act", "occr_country"), "2014Q3"),
    "reporter_country": "2005Q3",
}
_LEGACY_ONLY = {"foll_seq", "image", "death_dt", "confid"}
_MEMBER = re.compile(rf"({'|'.join(TABLES)})(\d\d|\d{{4}})q([1-4])(?:_.*)?", re.IGNORECASE)


def land(offer: Offer, settings: Settings) -> Receipt | NotLanded:
    """Land one quarter: a zip, or a folder of its loose files. Raises DeliveryRefused with what and where."""

    def stage(kept: Path, raw: Path, quarantine: Path) -> Staged:
        return _stage(kept, raw, quarantine, settings)

    return delivery.land(offer, settings, stage)


def make_shape(table: str, period: str) -> TableShape:
    """What a table of that quarter may and must look like."""
    columns = tuple(COLUMNS[table].split())
    needed = {column for column in columns if _BEGINS.get(column, "") <= period}
    if period < FIRST_MODERN_QUARTER:
        needed -= {"caseid"} if table not in ("demo", "deleted") else set()
    else:
        needed -= _LEGACY_ONLY
    return TableShape(table, columns, frozenset(needed), ALIASES[table], has_optional_header=table == "deleted")


def _stage(kept: Path, raw: Path, quarantine: Path, settings: Settings) -> Staged:
    with open_archive(kept, settings) as archive:
        names = list(archive.members)
        lists = [name for name in names if _is_deletion_list(name)]
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
