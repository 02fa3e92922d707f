"""The code lists of the sample world: those of the project, with what people would decide of its invented reports.

A decision about a drug belongs in the project's own list only when a person took it. So the sample home reads a copy
of `sql/` whose `signal_review.csv` has invented decisions, each marked, and whose sequential test starts with a
quarter of the invented past.
"""

import csv
import shutil
from pathlib import Path

from pipeline import resources

MARK = "SYNTHETIC"
SEQUENTIAL_START = "2017Q2"
REVIEWS = (
    ("ketamine", "hallucination", "known", "in the label, and planted here for the intravenous route", "2024-05-02"),
    ("amantadine", "paranoia", "validated", "stands out once the dominating drug is set aside", "2024-05-03"),
    ("memantine", "confusion", "monitor", "few cases, an elderly population", "2024-05-03"),
    ("magnesium", "nausea", "refuted", "no more than of other drugs in any analysis", "2024-05-06"),
)
"""Drug, reaction, decision, reason, day."""


def write_code_lists(target: Path, sql_dir: Path = resources.SQL) -> Path:
    """Write the copy of sql_dir that the sample home reads into target, and return target.

    What target held is replaced. Raises ValueError where the lists to be changed are not as expected.
    """
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(sql_dir, target)
    reports = target / "codes" / "reports"
    header, reviews = _read(reports / "signal_review.csv")
    invented = [
        (drug, reaction, decision, f"{MARK}: {reason}", day, "invented reviewer", f"{MARK}: the sample world")
        for drug, reaction, decision, reason, day in REVIEWS
    ]
    _write(reports / "signal_review.csv", header, [*reviews, *map(list, invented)])
    start_sequential_test(
        target, SEQUENTIAL_START, f"{MARK}: the first modern quarter of the sample world that lands whole"
    )
    return target


def start_sequential_test(sql_dir: Path, quarter: str, why: str) -> None:
    """Let the plan in a copy of `sql/` start with another quarter. Raises ValueError where it has not one start."""
    path = sql_dir / "codes" / "reports" / "sequential_plan.csv"
    header, plan = _read(path)
    if [row[0] for row in plan].count("start_quarter") != 1:
        raise ValueError(f"{path}: give one start_quarter")
    _write(path, header, [["start_quarter", quarter, why] if row[0] == "start_quarter" else row for row in plan])


def _read(path: Path) -> tuple[list[str], list[list[str]]]:
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    return header, rows


def _write(path: Path, header: list[str], rows: list[list[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
