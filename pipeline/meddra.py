"""Compares the reaction groups with a licensed copy of MedDRA, where a person has one. None of it is shipped or kept.

The files are those of a MedDRA distribution: fields end in `$`, without a header. `mdhier.asc`: pt_code, hlt_code,
hlgt_code, soc_code, pt_name, hlt_name, ... `llt.asc`: llt_code, llt_name, pt_code, ...
"""

import csv
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import UsageError
from pipeline.models import find_code_lists

HIERARCHY, LOWEST = "mdhier.asc", "llt.asc"


@dataclass(frozen=True)
class Comparison:
    """Watched terms by what MedDRA says of them: preferred terms, terms below one (with that one), unknown terms.

    neighbours: preferred terms in the same high level term as a narrow term, which no group holds.
    """

    preferred: list[str]
    lowest_level: dict[str, str]
    unknown: list[str]
    neighbours: list[str]


def compare_reactions(sql_dir: Path, folder: Path) -> Comparison:
    """Compare `codes/shared/reaction.csv` with the MedDRA files of a folder; raises UsageError."""
    hierarchy = _read_fields(folder / HIERARCHY, 6)
    lowest = _read_fields(folder / LOWEST, 3)
    preferred = {row[4].lower(): row for row in hierarchy}
    name_of = {row[0]: row[4] for row in hierarchy}
    below = {row[1].lower(): name_of.get(row[2], row[2]) for row in lowest}
    with find_code_lists(sql_dir)["reaction"].open(encoding="utf-8", newline="") as file:
        groups = list(csv.DictReader(file))
    terms = sorted({row["preferred_term"] for row in groups}, key=str.lower)
    narrow = {row["preferred_term"].lower() for row in groups if row["definition"] == "narrow"}
    near = {row[1] for row in hierarchy if row[4].lower() in narrow}
    held = {term.lower() for term in terms}
    return Comparison(
        preferred=[term for term in terms if term.lower() in preferred],
        lowest_level={term: below[term.lower()] for term in terms if term.lower() in below.keys() - preferred.keys()},
        unknown=[term for term in terms if term.lower() not in below.keys() | preferred.keys()],
        neighbours=sorted({row[4] for row in hierarchy if row[1] in near and row[4].lower() not in held}),
    )


def _read_fields(path: Path, least: int) -> list[list[str]]:
    try:
        rows = [line.split("$") for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if line]
    except OSError as error:
        raise _refuse(path, str(error.strerror)) from error
    if not rows or any(len(row) <= least or not row[0].isdigit() for row in rows):
        raise _refuse(path, f"not every line has {least} fields that end in $, beginning with a code")
    return rows


def _refuse(path: Path, reason: str) -> UsageError:
    return UsageError(
        f"the file cannot be read as MedDRA: {reason}",
        where=str(path),
        todo=f"point NIGHTVIGIL_MEDDRA_DIR at the folder with {HIERARCHY} and {LOWEST} of a MedDRA distribution",
    )
