"""The invented world as files in the agencies' layouts, with its expected results.

folder/faers/*.zip                             six quarters in both eras
folder/clinicaltrials/invented_studies/*.json  one v2 record per file
folder/studies/invented_studies.csv            the extraction sheet of a review
folder/expected.json                           the expected results, as the author of the data intends them
"""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

from pipeline.sample.cases import Author, Reports
from pipeline.sample.line_faults import add_line_faults
from pipeline.sample.planted_signals import TRUTHS, add_planted_signals
from pipeline.sample.registry import count_observed, invent_trials
from pipeline.sample.report_answer import (
    count_attrition,
    count_by_patient,
    count_by_quarter,
    count_reported,
    select_current_versions,
)
from pipeline.sample.reports import TABLES, Member, write_members
from pipeline.sample.scripted_cases import add_scripted_cases
from pipeline.sample.sheet import write_sheet
from pipeline.sample.trial_answer import list_evidence_gaps, list_posted_pain
from pipeline.sample.trials import build_study_record
from pipeline.sample.vocabulary import LEGACY_PERIODS, PERIODS

SEED = 20261123
CASES_PER_PERIOD = 300  # a smaller world has no planted signals: they would be most of it
README = (
    "SYNTHETIC. Every report in this archive is invented by the Nightvigil sample world.\n"
    "No case, person, sender or count in it is real, and nothing may be concluded from it.\n"
)


def write_world(folder: Path, seed: int = SEED, cases_per_period: int = CASES_PER_PERIOD) -> dict[str, Any]:
    """Write the world into folder (created if absent) and return its expected results, also written as expected.json.

    The same seed and size give the same bytes.
    """
    reports = invent_reports(seed, cases_per_period)
    (folder / "faers").mkdir(parents=True, exist_ok=True)
    lines = {}
    for period in PERIODS:
        members = write_members(period, reports.select_period(period))
        if cases_per_period >= 100:  # in a smaller quarter the faults would exceed the gate's quarantine rate
            add_line_faults(period, members)
        (folder / "faers" / archive_name(period)).write_bytes(_build_archive(period, members, reports))
        lines[period] = {table: members[table].count_lines() for table in TABLES}
    _write_studies(folder / "clinicaltrials" / "invented_studies")
    (folder / "studies").mkdir(parents=True, exist_ok=True)
    (folder / "studies" / "invented_studies.csv").write_text(write_sheet(), encoding="utf-8")
    current = select_current_versions(reports)
    answer = {
        "synthetic": README,
        "lines": lines,
        "deleted": {period: len(numbers) for period, numbers in reports.deletions.items()},
        "attrition": count_attrition(reports, current),
        "current_cases": sorted(current),
        "told_again": sorted(reports.duplicated_cases),  # the key of the published sample world: its bytes stay
        "reported_by_drug_route": count_reported(current, reports.duplicated_cases),
        "reported_by_drug_route_quarter": count_by_quarter(reports, current),
        "reported_by_patient": count_by_patient(current),
        "observed_by_drug_route": count_observed(),
        "evidence_gap": list_evidence_gaps(),
        "pain_outcome_posted": list_posted_pain(),
        "planted_signals": list(TRUTHS) if cases_per_period >= CASES_PER_PERIOD else [],
        "trials": {trial.nct_id: trial.has_results for trial in invent_trials()},
    }
    (folder / "expected.json").write_text(json.dumps(answer, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return answer


def invent_reports(seed: int, cases_per_period: int) -> Reports:
    """Invent every period's new cases, follow-ups of earlier ones, the scripted cases and the planted signals."""
    author = Author(seed)
    for index, period in enumerate(PERIODS):
        earlier = [version for version in author.reports.versions if version.number == 1]
        for version in author.random.sample(earlier, min(len(earlier), cases_per_period // 10)):
            author.add(author.draw_follow_up(version, period, 2 + index))
        for _ in range(cases_per_period):
            author.add(author.draw_case(period))
    add_scripted_cases(author)
    if cases_per_period >= CASES_PER_PERIOD:
        add_planted_signals(author)
    return author.reports


def archive_name(period: str) -> str:
    """Return FDA's file name for the archive of one quarter."""
    era = "aers" if period in LEGACY_PERIODS else "faers"
    return f"{era}_ascii_{period[:4]}q{period[5]}.zip"


def _build_archive(period: str, members: dict[str, Member], reports: Reports) -> bytes:
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
    """Pack files into a zip whose bytes depend on the files alone: every time stamp is 1980-01-01."""
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
        text = json.dumps(build_study_record(trial), indent=1)
        (folder / f"{trial.nct_id}.json").write_text(text + "\n", encoding="utf-8")
