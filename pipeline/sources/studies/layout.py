"""The extraction sheet: its name as a source, its columns, and what each of them holds."""

import re
from dataclasses import dataclass
from typing import Literal

NAME = "studies"
RAW_FILE = "rows"
LIST_MARK = ";"
"""Between the parts of a cell that holds a list."""

NO_DRUG = "none"
NOT_REPORTED = "not reported"

WHOLE_NUMBER = re.compile(r"[0-9]{1,7}")
YEAR = re.compile(r"(?:19|20)[0-9]{2}")
NCT_NUMBER = re.compile(r"NCT[0-9]{8}")

Level = Literal["study", "stratum", "arm", "row"]


@dataclass(frozen=True)
class SheetColumn:
    """One column of the sheet. level: of what it is a property; it is alike on all rows of one.

    expected: what a person should write, for people. words: the closed vocabulary of `sql/vocabulary.csv` and what
    is accepted beside it; empty where the cell is free text or a number.
    """

    name: str
    level: Level
    is_required: bool
    expected: str
    vocabulary: str = ""
    words: tuple[str, ...] = ()


RISKS = ("low", "some concerns", "high")
BIAS_DOMAINS = tuple(
    f"bias_{domain}" for domain in ("randomisation", "deviations", "missing_outcome", "measurement", "selection")
)
"""The five domains of RoB 2 (Sterne et al., BMJ 2019;366:l4898)."""

SHEET_COLUMNS = (
    SheetColumn("study", "study", True, "name of the study, alike on all its rows, such as Author 2020"),
    SheetColumn("year", "study", True, "year of publication, four digits"),
    SheetColumn("registry_number", "study", False, "number in a trial register (NCT and eight digits), or blank"),
    SheetColumn("allocation", "study", True, "how participants were assigned", "randomisation"),
    SheetColumn("design", "study", True, "design of the study", "study_design"),
    SheetColumn(
        "period_used", "study", False, "period of a crossover that the counts are of; blank otherwise", "period_used"
    ),
    SheetColumn("stratum", "stratum", False, "part of the study randomised apart, or blank"),
    SheetColumn("population", "stratum", True, "whom the study treated", "population"),
    SheetColumn("arm", "arm", True, "what the arm received, in a few words"),
    SheetColumn("drug", "arm", True, "watched drug of the arm, or none", "drug:single", (NO_DRUG,)),
    SheetColumn("route", "arm", False, "route of the drug; blank where the drug is none", "route:single"),
    SheetColumn("dose", "arm", False, "dose as stated, or blank"),
    SheetColumn("duration", "arm", False, "duration of treatment as stated, or blank"),
    SheetColumn(
        "participants_randomised", "arm", False, "whole number of participants randomised to the arm, or blank"
    ),
    SheetColumn("outcome", "row", True, "adverse event", "reaction:single+rollup+trial_only"),
    SheetColumn("participants_analysed", "row", True, "whole number of participants analysed, from 1 up"),
    SheetColumn(
        "events", "row", True, f"whole number of participants with the event, or: {NOT_REPORTED}", "", (NOT_REPORTED,)
    ),
    SheetColumn("ascertainment", "row", True, "whether everybody was asked for the event", "sheet_ascertainment"),
    SheetColumn(
        "comparator_arm",
        "arm",
        False,
        f"arms of the same study and stratum it is compared with, joined by '{LIST_MARK}'; blank in a comparator",
    ),
    SheetColumn(
        "comparator",
        "arm",
        False,
        f"kind of each comparator arm, in the same order, joined by '{LIST_MARK}'",
        "trial_comparator:contrast",
    ),
    SheetColumn(
        "review_group",
        "arm",
        False,
        f"the review's own group of each comparison, in the same order, joined by '{LIST_MARK}'; or blank",
    ),
    *(
        SheetColumn(domain, "study", False, "risk of bias in this domain of RoB 2, or blank", "", RISKS)
        for domain in BIAS_DOMAINS
    ),
    SheetColumn("source", "row", True, "where the counts were read"),
    SheetColumn(
        "verified",
        "arm",
        True,
        "whether drug, route and comparator were read in a source on the trial",
        "",
        ("yes", "no"),
    ),
)
SHEET_COLUMN_NAMES = tuple(column.name for column in SHEET_COLUMNS)
RAW_COLUMNS = (*SHEET_COLUMN_NAMES, "sheet_kind", "member")
"""Of the raw table: the sheet's columns as text, what they were read from (sheet or revman), and the file."""
