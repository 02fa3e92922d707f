"""The public files behind the answer key, read from `../shared/data`; the key itself holds no dose as reported."""

from dataclasses import dataclass
from pathlib import Path

from tests.sql.reports.answer_keys import Labelled, PublicList, find_absent, read_key

KEY = Path(__file__).with_name("answer_key.csv")
FIELDS = ("dose_text", "dose_amount_text", "dose_unit_text", "dose_frequency_text")
LISTS = {
    "faers_2004q1": PublicList("faers_ascii_2004q1_sample/ascii/DRUG04Q1.TXT", "$", (6, None, None, None)),
    "faers_2017q2": PublicList("faers_ascii_2017q2_sample/ascii/DRUG17Q2.txt", "$", (8, 16, 17, 19)),
    "diana": PublicList("faers_cleaned_diana_sample/sample_Doses.csv", ",", (2, 5, 3, 7), encoding="utf-8"),
}


@dataclass(frozen=True)
class LabelledDose(Labelled):
    """A dose of a public file and what it means. fields: as FIELDS. single, daily: in `unit`, or None."""

    fields: tuple[str | None, ...]
    confidence: str
    single: float | None
    daily: float | None
    unit: str | None


def find_absent_lists() -> list[str]:
    """The files of public lists that are not on this machine."""
    return find_absent(LISTS)


def read_labelled_doses() -> list[LabelledDose]:
    """Every row of the answer key with its dose as reported; raises FileNotFoundError where a list is absent."""
    return [
        LabelledDose(
            row["list"],
            line := int(row["line"]),
            tuple(field or None for field in LISTS[row["list"]].read_fields(line)),
            row["confidence"],
            float(row["single"]) if row["single"] else None,
            float(row["daily"]) if row["daily"] else None,
            row["unit"] or None,
        )
        for row in read_key(KEY)
    ]
