"""The public terms behind the answer key, read from `../shared/data`; the key itself holds no term."""

from dataclasses import dataclass
from pathlib import Path

from tests.sql.reports.answer_keys import Labelled, PublicList, find_absent, read_key

KEY = Path(__file__).with_name("answer_key.csv")
LISTS = {
    "faers_2004q1": PublicList("faers_ascii_2004q1_sample/ascii/INDI04Q1.TXT", "$", (2,)),
    "faers_2017q2": PublicList("faers_ascii_2017q2_sample/ascii/INDI17Q2.txt", "$", (3,)),
    "diana": PublicList("faers_cleaned_diana_sample/sample_Indi.csv", ",", (2,)),
}


@dataclass(frozen=True)
class LabelledTerm(Labelled):
    """A term of a public sample and the population it says, the kind of chronic pain where it is one."""

    term: str
    label: str


def find_absent_lists() -> list[str]:
    """The files of public samples that are not on this machine."""
    return find_absent(LISTS)


def read_labelled_terms() -> list[LabelledTerm]:
    """Every row of the answer key with its term; raises FileNotFoundError where a sample is absent."""
    return [
        LabelledTerm(row["list"], line := int(row["line"]), *LISTS[row["list"]].read_fields(line), row["label"])
        for row in read_key(KEY)
    ]
