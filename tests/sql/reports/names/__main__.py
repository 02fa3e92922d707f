"""Print precision and recall of name recognition, before and after, on both parts of the answer key: `make names`."""

import subprocess
import sys

from tests.sql.reports.answer_keys import PARTS
from tests.sql.reports.database import SQL
from tests.sql.reports.names.lists import find_absent_lists, read_labelled_names
from tests.sql.reports.names.measure import BEFORE, DRUGS, code_names, code_names_before, score_names


def main() -> int:
    """Print one row per part, drug and state of the code; exit status 1 where a name is recognised wrongly."""
    if absent := find_absent_lists():
        print(f"skipped: the public name lists are not on this machine ({', '.join(absent)})", file=sys.stderr)
        return 0
    labelled = read_labelled_names()
    names = [name.name for name in labelled]
    states = {"after": code_names(names, SQL)}
    try:
        states = {"before": code_names_before(names)} | states
    except subprocess.CalledProcessError:
        print(f"before is left out: commit {BEFORE} is not in this clone", file=sys.stderr)
    print("part          names  drug              state   right  wrong  missed  precision  recall")
    wrong = 0
    for title, is_held_out in PARTS.items():
        part = [name for name in labelled if name.is_held_out == is_held_out]
        for drug in DRUGS:
            for state, coded in states.items():
                score = score_names(part, coded, drug)
                wrong += score.wrong if state == "after" else 0
                print(f"{title:<12}  {len(part):>5}  {drug:<16}  {state:<6}  {score}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
