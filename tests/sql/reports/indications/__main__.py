"""Print precision and recall of the reading of indications, before and after, on both parts of the answer key:
`make indications`."""

import subprocess
import sys

from tests.sql.reports.answer_keys import PARTS, Score
from tests.sql.reports.database import SQL
from tests.sql.reports.indications.lists import find_absent_lists, read_labelled_terms
from tests.sql.reports.indications.measure import (
    BEFORE,
    POPULATIONS,
    read_terms,
    read_terms_before,
    score_all,
    score_terms,
)


def main() -> int:
    """Print one row per part, population and state of the list."""
    if absent := find_absent_lists():
        print(f"skipped: the public samples are not on this machine ({', '.join(absent)})", file=sys.stderr)
        return 0
    labelled = read_labelled_terms()
    terms = [term.term for term in labelled]
    states = {"after": read_terms(terms, SQL)}
    try:
        states = {"before": read_terms_before(terms)} | states
    except subprocess.CalledProcessError:
        print(f"before is left out: commit {BEFORE} is not in this clone", file=sys.stderr)
    print("part          terms  population            state   right  wrong  missed  precision  recall")
    for title, is_held_out in PARTS.items():
        part = [term for term in labelled if term.is_held_out == is_held_out]
        for population in POPULATIONS:
            for state, read in states.items():
                _print_row(title, len(part), population, state, score_terms(part, read, population))
        for state, read in states.items():
            _print_row(title, len(part), "all", state, score_all(part, read, by_kind=False))
        _print_row(title, len(part), "all, by kind of pain", "after", score_all(part, states["after"], by_kind=True))
    return 0


def _print_row(title: str, terms: int, population: str, state: str, score: Score) -> None:
    print(f"{title:<12}  {terms:>5}  {population:<20}  {state:<6}  {score}")


if __name__ == "__main__":
    sys.exit(main())
