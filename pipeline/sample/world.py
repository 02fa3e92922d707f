"""Write the invented world as the agencies would send it, with the answer beside it.

folder/faers/*.zip                           six quarters in both eras
folder/clinicaltrials/invented_studies/*.json  one v2 record a file
folder/expected.json                         what must come out, by its author's intent
"""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

from pipeline.sample.answer import (
    count_attrition,
    count_by_patient,
    count_by_quarter,
    count_reported,
    current_versions,
)
from pipeline.sample.cases import Author, Reports
from pipeline.sample.dirt import soil
from pipeline.sample.episodes import add_episodes
from pipeline.sample.evidence import evidence_gaps, posted_pain
from pipeline.sample.registry import invent_trials, observed_cells
from pipeline.sample.reports import TABLES, Member, write_members
from pipeline.sample.trials import study_record
from pipeline.sample.vocabulary import LEGACY_PERIODS, PERIODS

SEED = 20261123
CASES_PER_PERIOD = 300
README = (
    "SYNTHETIC. Every report in this archive is invented by the Nightvigil sample world.\n"
    "No case, person, sender or count in it is real, and nothing may be concluded from it.\n"
)


def write_world(folder: Path, seed: int = SEED, cases_per_period: int = CASES_PER_PERIOD) -> dict[str, Any]:
    """Write the world into folder (made if absent) and return the answer, which also lies there as expected.json.

    The same seed and size give the same bytes. One answer holds for the default world and any other.
    """
    reports = invent_reports(seed, cases_per_period)
    (folder / "faers").mkdir(parents=True, exist_ok=True)
    lines = {}
    for period in PERIODS:
        members = write_members(period, reports.of(period))
        if cases_per_period >= 100:  # too small a quarter cannot carry dirt below the gate's quarantine rate
            soil(period, members)
        (folder / "faers" / archive_name(period)).write_bytes(_archive(period, members, reports))
        lines[period] = {table: members[table].counts() for table in TABLES}
    _write_studies(folder / "clinicaltrials" / "invented_studies")
    standing = current_versions(reports)
    answer = {
        "synthetic": README,
        "lines": lines,
        "deleted": {period: len(numbers) for period, numbers in reports.deletions.items()},
        "attrition": count_attrition(reports, standing),
        "current_cases": sorted(standing),
        "told_again": sorted(reports.told_again),
        "reported_by_drug_route": count_reported(standing, reports.told_again),
        "reported_by_drug_route_quarter": count_by_quarter(reports, standing),
        "reported_by_patient": count_by_patient(standing),
        "observed_by_drug_route": observed_cells(),
        "evidence_gap": evidence_gaps(),
        "pain_outcome_posted": posted_pain(),
        "trials": {trial.nct_id: trial.has_results for trial in invent_trials()},
    }
    (folder / "expected.json").write_text(json.dumps(answer, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return answer


def invent_reports(seed: int, cases_per_period: int) -> Reports:
    """Every period's new cases, follow-ups of earlier ones, and the set pieces of `episodes`."""
    author = Author(seed)
    for index, period in enumerate(PERIODS):
        earlier = [version for version in author.reports.versions if version.number == 1]
        for version in author.random.sample(earlier, min(len(earlier), cases_per_period // 10)):
            author.add(author.follow_up(version, period, 2 + index))
        for _ in range(cases_per_period):
            author.add(author.new_case(period))
    add_episodes(author)
    return author.reports


def archive_name(period: str) -> str:
    """FDA's name for the archive of one quarter."""
    era = "aers" if period in LEGACY_PERIODS else "faers"
    return f"{era}_ascii_{period[:4]}q{period[5]}.zip"


def _archive(period: str, members: dict[str, Member], reports: Reports) -> bytes:
    legacy, short = period in LEGACY_PERIODS, f"{period[2:4]}Q{period[5]}"
    ending = b"\r\n" if period <= "2012Q4" else b"\n"
    files = {}
    for table in TABLES:
        lines = [line for line, _ in members[table].lines]
        files[f"ascii/{table.upper()}{short}.{'TXT' if legacy else 'txt'}"] = ending.join([*lines, b""])
    if withdrawn := reports.deletions.get(period):
        headed = period >= "2020"
        name = f"deleted/DELETE{short}.txt" if headed else f"Deleted/ADR{short}DeletedCases.txt"
        files[name] = "\n".join([*(["caseid"] if headed else []), *withdrawn, ""]).encode()
    files["README_SYNTHETIC.txt"] = README.encode()
    return pack(files)


def pack(files: dict[str, bytes]) -> bytes:
    """A zip whose bytes depend on the files alone: every time stamp is that of 1980."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return buffer.getvalue()


def _write_studies(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for trial in invent_trials():
        text = json.dumps(study_record(trial), indent=1)
        (folder / f"{trial.nct_id}.json").write_text(text + "\n", encoding="utf-8")
