"""The public name lists behind the answer key, read from `../shared/data`; the key itself holds no name."""

from dataclasses import dataclass
from pathlib import Path

from tests.sql.reports.answer_keys import Labelled, PublicList, find_absent, read_key

KEY = Path(__file__).with_name("answer_key.csv")
LISTS = {
    "drugsatfda": PublicList("vocab_drugsatfda/products_FDA_faersquarterlydata.txt", "\t", (5,)),
    "ndc": PublicList("vocab_ndc/unfinished_product.txt.gz", "\t", (3,)),
    "unii": PublicList("vocab_unii/UNII_Names_five_drugs.tsv", "\t", (0,)),
    "caers": PublicList("contingency_tables/openEBGM_caers.csv", ",", (1,)),
    "diana": PublicList("faers_cleaned_diana_sample/sample_Drug_Name.csv", ",", (4,)),
    "faers_2004q1": PublicList("faers_ascii_2004q1_sample/ascii/DRUG04Q1.TXT", "$", (3,)),
    "faers_2017q2": PublicList("faers_ascii_2017q2_sample/ascii/DRUG17Q2.txt", "$", (4,)),
}


@dataclass(frozen=True)
class LabelledName(Labelled):
    """A name of a public list and what it means: its drugs of the watch list, and the kind of magnesium or blank."""

    name: str
    drugs: frozenset[str]
    magnesium_kind: str


def find_absent_lists() -> list[str]:
    """The files of public lists that are not on this machine."""
    return find_absent(LISTS)


def read_labelled_names() -> list[LabelledName]:
    """Every row of the answer key with its name; raises FileNotFoundError where a list is absent."""
    return [
        LabelledName(
            row["list"],
            line := int(row["line"]),
            *LISTS[row["list"]].read_fields(line),
            frozenset(row["label"].split()) - {"none"},
            row["magnesium_kind"],
        )
        for row in read_key(KEY)
    ]
