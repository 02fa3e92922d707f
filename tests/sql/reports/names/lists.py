"""The public name lists behind the answer key, read from `../shared/data`; the key itself holds no name."""

import csv
import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[4]
DATA = PROJECT.parent / "shared" / "data"
KEY = Path(__file__).with_name("answer_key.csv")
HELD_OUT_PARTS = 3


@dataclass(frozen=True)
class PublicList:
    """Where a list's names are: its file below DATA, what separates its fields, and the field of the name."""

    file: str
    separator: str
    field: int

    @property
    def path(self) -> Path:
        return DATA / self.file


LISTS = {
    "drugsatfda": PublicList("vocab_drugsatfda/products_FDA_faersquarterlydata.txt", "\t", 5),
    "ndc": PublicList("vocab_ndc/unfinished_product.txt.gz", "\t", 3),
    "unii": PublicList("vocab_unii/UNII_Names_five_drugs.tsv", "\t", 0),
    "caers": PublicList("contingency_tables/openEBGM_caers.csv", ",", 1),
    "diana": PublicList("faers_cleaned_diana_sample/sample_Drug_Name.csv", ",", 4),
    "faers_2004q1": PublicList("faers_ascii_2004q1_sample/ascii/DRUG04Q1.TXT", "$", 3),
    "faers_2017q2": PublicList("faers_ascii_2017q2_sample/ascii/DRUG17Q2.txt", "$", 4),
}


@dataclass(frozen=True)
class LabelledName:
    """A name of a public list and what it means: its drugs of the watch list, and the kind of magnesium or blank."""

    list_name: str
    line: int
    name: str
    drugs: frozenset[str]
    magnesium_kind: str

    @property
    def is_held_out(self) -> bool:
        """Whether the name belongs to the third that was not looked at while the code was written."""
        digest = hashlib.sha256(f"{self.list_name}:{self.line}".encode()).hexdigest()
        return int(digest[:8], 16) % HELD_OUT_PARTS == 0


def find_absent_lists() -> list[str]:
    """The files of public lists that are not on this machine."""
    return [listed.file for listed in LISTS.values() if not listed.path.exists()]


def read_labelled_names() -> list[LabelledName]:
    """Every row of the answer key with its name; raises FileNotFoundError where a list is absent."""
    with KEY.open(newline="", encoding="utf-8") as file:
        return [
            LabelledName(
                row["list"],
                int(row["line"]),
                _read_name(row["list"], int(row["line"])),
                frozenset(row["label"].split()) - {"none"},
                row["magnesium_kind"],
            )
            for row in csv.DictReader(file)
        ]


def _read_name(list_name: str, line: int) -> str:
    listed = LISTS[list_name]
    text = _read_lines(listed.path)[line - 1].rstrip("\r")
    fields = next(csv.reader([text])) if listed.separator == "," else text.split(listed.separator)
    return fields[listed.field].strip()


@cache
def _read_lines(path: Path) -> list[str]:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return raw.decode("latin-1").split("\n")
