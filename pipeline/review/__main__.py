"""`make review`: a snapshot from the review's sheet alone, its own analyses, and apart from them our findings."""

import argparse
import math
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import duckdb

from pipeline import intake, nightly, publishing
from pipeline.errors import UsageError
from pipeline.review import GROUP_TITLES, INCLUDED_PARTICIPANTS, INCLUDED_STUDIES, SHEET
from pipeline.review.analyses import Analysis, reproduce_analyses
from pipeline.review.findings import list_findings
from pipeline.settings import Settings

HOME = Path("data") / "review"
MARKER = "MADE_BY_MAKE_REVIEW.txt"
REASONS = "select value, meaning from meta.vocabulary where vocabulary = 'effect_reason'"
HELD = """
    with largest as (
        select study.study_id, counted.trial_id, counted.arm_id, max(counted.participants_analysed) as participants
        from clean.study_count as counted
        inner join clean.study as study using (trial_id)
        group by study.study_id, counted.trial_id, counted.arm_id
    )
    select count(distinct study_id), sum(participants)::bigint from largest
"""


def main() -> int:
    """Build the snapshot anew and print what it shows; its home is removed first, as it follows from the sheet."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.review", description=__doc__)
    parser.add_argument("--home", type=Path, default=HOME, help="a folder of its own; what it held is removed")
    settings = build_snapshot(parser.parse_args().home)
    print_snapshot(settings)
    return 0


def build_snapshot(home: Path) -> Settings:
    """Land the sheet in an empty home, build, judge and publish; the settings of that home.

    Raises UsageError where a folder is there that is no home of this command, GateClosed where a rule fails.
    """
    settings = Settings(home=home, profile="sample", faers_url="", clinicaltrials_url="", arrival_seconds=0)
    discard_home(settings.home)
    inbox = settings.inbox / "studies"
    inbox.mkdir(parents=True)
    (settings.home / MARKER).write_text("Made by `make review`, which removes this folder and makes it anew.\n")
    shutil.copyfile(SHEET, inbox / SHEET.name)
    run_id = nightly.start_run(settings, intake.land_all(settings))
    nightly.publish_run(settings, run_id)
    return settings


def discard_home(home: Path) -> None:
    """Remove a home that this command made. Raises UsageError for a folder that holds anything else."""
    if not home.exists():
        return
    if not (home / MARKER).is_file() and any(home.iterdir()):
        raise UsageError(
            "the folder was not made by this command, which would remove it",
            where=str(home),
            todo="name a folder that does not exist yet",
        )
    shutil.rmtree(home)


def print_snapshot(settings: Settings) -> None:
    """Print what the sheet holds, the review's analyses, and our findings."""
    live = publishing.current_snapshot(settings)
    if live is None:
        raise RuntimeError("the snapshot was published and is not there")
    with duckdb.connect(str(publishing.database_path(settings, live)), read_only=True) as connection:
        studies, participants = connection.execute(HELD).fetchall()[0]
        print(
            f"The sheet holds {studies} of the review's {INCLUDED_STUDIES} studies and {participants:,} of its "
            f"{INCLUDED_PARTICIPANTS:,} participants (analysed for safety); the others "
            "gave no safety data to an analysis."
        )
        print("\nTHE REVIEW'S ANALYSES: its own groups and method (DerSimonian-Laird; titles of groups inferred)\n")
        reasons = dict(connection.execute(REASONS).fetchall())
        for analysis in reproduce_analyses(connection):
            print("\n".join(describe_analysis(analysis, reasons)))
        print(
            "\nOUR FINDINGS: drug, route and comparator as the trials gave them; a route only where it was verified\n"
        )
        for finding in list_findings(connection):
            print(finding)


def describe_analysis(analysis: Analysis, reasons: Mapping[str, str]) -> list[str]:
    """An analysis as lines: its pooled risk ratio, then the weight of each trial. reasons: texts of reason codes."""
    pooled = analysis.pooled
    result = f"no estimate: {reasons.get(pooled.reason_code or '', pooled.reason_code)}"
    if not math.isnan(pooled.estimate):
        result = f"RR {pooled.estimate:.2f} ({pooled.lower:.2f} to {pooled.upper:.2f})"
    title = f"group {analysis.group}, {GROUP_TITLES.get(analysis.group, 'another group')}: {analysis.outcome}"
    count = len(analysis.weights)
    trials = f"{count} {'trial' if count == 1 else 'trials'}, {analysis.participants} participants"
    lines = [f"{title}: {result}, {trials}"]
    for trial, weight in analysis.weights.items():
        lines.append(f"    {trial}: " + ("no event, no weight" if weight is None else f"{weight:.2f} %"))
    return lines


if __name__ == "__main__":
    sys.exit(main())
