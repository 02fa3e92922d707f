"""How the sheet of the review (`pipeline/review/cd015373.csv`) was made from the rows that the review publishes.

`python -m tests.review.extraction ROWS > SHEET`. ROWS is the review's "download data" file of CD015373.pub2, which is
not part of the project. Only facts are taken: counts, totals, years, names of studies. The file does not label its
groups, and groups a trial by what the review compares: what a trial gave is stated here, and verified only for the
trials whose abstract was read.
"""

import csv
import sys
from collections.abc import Iterable
from pathlib import Path

from pipeline.sources.studies.layout import NO_DRUG, SHEET_COLUMN_NAMES

CITATION = "CD015373.pub2"
READ = "drug, route and comparator: abstract of the trial"
REPEATED_ANALYSES = {("1", "10"), ("1", "11"), ("7", "11"), ("7", "12")}
"""Subgroup analyses: the same trials again as in analyses 9 of group 1 and 10 of group 7."""

GROUPS = {
    "1": ("ketamine", "intravenous", "placebo", "placebo"),
    "2": ("ketamine", "intravenous", "", "active"),
    "3": ("ketamine", "oral", "placebo", "placebo"),
    "4": ("ketamine", "oral", "methadone", "active"),
    "5": ("ketamine", "topical", "placebo", "placebo"),
    "6": ("ketamine", "topical", "amitriptyline", "active"),
    "7": ("memantine", "oral", "placebo", "placebo"),
    "8": ("dextromethorphan", "oral", "placebo", "placebo"),
    "9": ("amantadine", "intravenous", "placebo", "placebo"),
    "10": ("magnesium", "intravenous", "placebo", "placebo"),
    "11": ("magnesium", "oral", "placebo", "placebo"),
    "12": ("magnesium", "oral", "aspirin", "active"),
    "13": ("magnesium", "intramuscular", "placebo", "placebo"),
}
"""Drug, route, comparator arm and its kind by group of the file, inferred from its studies and titles."""

NAMED_COMPARATORS = {"ketorolac": "ketorolac", "morphine": "morphine"}
DRUGS = {"Noppers 2011a": "esketamine", "Sigtermans 2009": "esketamine", "Niesters 2013": "esketamine"}
COMPARATORS = {"Noppers 2011a": ("midazolam", "active_placebo")}
DOSES = {"Lumanauw 2019": "two doses, merged by the review"}
FIRST_PERIODS = {"Pickering 2020", "Niesters 2013"}
VERIFIED = {"Noppers 2011a", "Lumanauw 2019", "Van Der Plas 2013"}
"""Trials whose abstract was read. Of the others drug, route and comparator rest on the group of the file."""

OUTCOMES = {
    "adverse events (total)": "any_adverse_event",
    "serious adverse events": "serious_adverse_event",
    "tolerability": "withdrawal_for_adverse_event",
    "psychotomimetic effects": "psychotomimetic_effect",
    "dissociative symptoms": "dissociation",
    "hallucinations": "hallucination",
    "nausea": "nausea",
    "vomiting": "vomiting",
    "sedation": "sedation",
    "dizziness": "dizziness",
    "headache": "headache",
    "other adverse events": "other",
}
"""Titles of analyses. Tolerability is taken to be withdrawal because of adverse events."""


def select_safety_rows(published: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """The rows of safety with counts, each trial once: without pain and without the repeats of subgroup analyses."""
    return [
        row
        for row in published
        if row["Experimental.cases"]
        and "pain intensity" not in row["Analysis.name"].lower()
        and (row["Analysis.group"], row["Analysis.number"]) not in REPEATED_ANALYSES
    ]


def make_sheet(published: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """The rows of the sheet: each arm once for each outcome, the arm of the drug with its comparisons."""
    sheet: dict[tuple[str, ...], dict[str, str]] = {}
    strata: dict[tuple[str, ...], int] = {}
    rows = select_safety_rows(published)
    analyses = [(row["Study"], row["Analysis.group"], row["Analysis.number"]) for row in rows]
    for row, analysis in zip(rows, analyses, strict=True):
        strata[analysis] = strata.get(analysis, 0) + 1
        stratum = f"population {strata[analysis]}" if analyses.count(analysis) > 1 else ""
        drug, route, comparator_arm, kind = describe_comparison(row)
        source = f"{CITATION}, analysis {row['Analysis.group']}.{row['Analysis.number']}"
        for arm, side in ((drug, "Experimental"), (comparator_arm, "Control")):
            outcome = OUTCOMES[row["Analysis.name"].split(": ")[-1].strip().lower()]
            added = _make_row(row, stratum, arm, side, outcome)
            kept = sheet.setdefault((row["Study"], stratum, arm, outcome), added)
            counts = ("events", "participants_analysed")
            assert all(kept[name] == added[name] for name in counts), f"one arm, two counts: {row['Study']}"
            kept["source"] = "; ".join(filter(None, (kept["source"], source)))
            if side == "Experimental":
                kept |= {"drug": drug, "route": route, "dose": DOSES.get(row["Study"], "")}
                for name, part in (
                    ("comparator_arm", comparator_arm),
                    ("comparator", kind),
                    ("review_group", row["Analysis.group"]),
                ):
                    kept[name] = "; ".join(filter(None, (kept[name], part)))
    for kept in sheet.values():
        if kept["verified"] == "yes":
            kept["source"] += f"; {READ}"
    return list(sheet.values())


def describe_comparison(row: dict[str, str]) -> tuple[str, str, str, str]:
    """Drug, route, comparator arm and its kind of one published row."""
    drug, route, comparator_arm, kind = GROUPS[row["Analysis.group"]]
    for word, name in NAMED_COMPARATORS.items():
        if not comparator_arm and word in row["Analysis.name"].lower():
            comparator_arm = name
    comparator_arm, kind = COMPARATORS.get(row["Study"], (comparator_arm, kind))
    return DRUGS.get(row["Study"], drug), route, comparator_arm, kind


def _make_row(row: dict[str, str], stratum: str, arm: str, side: str, outcome: str) -> dict[str, str]:
    is_crossover = row["Study"] in FIRST_PERIODS
    return dict.fromkeys(SHEET_COLUMN_NAMES, "") | {
        "study": row["Study"],
        "year": row["Study.year"][:4],
        "registry_number": row["Study"] if row["Study"].startswith("NCT") else "",
        "allocation": "randomised",  # the review includes no other trials
        "design": "crossover" if is_crossover else "not stated",
        "period_used": "first" if is_crossover else "",
        "stratum": stratum,
        "population": "chronic_pain",
        "arm": arm,
        "drug": NO_DRUG,
        "outcome": outcome,
        "participants_analysed": row[f"{side}.N"],
        "events": row[f"{side}.cases"],
        "ascertainment": "not stated",
        "verified": "yes" if row["Study"] in VERIFIED else "no",
    }


def main() -> None:
    with Path(sys.argv[1]).open(newline="", encoding="utf-8") as file:
        rows = make_sheet(csv.DictReader(file))
    writer = csv.DictWriter(sys.stdout, SHEET_COLUMN_NAMES, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


if __name__ == "__main__":
    main()
