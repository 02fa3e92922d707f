"""Print precision and recall of the reading of doses on both parts of the answer key: `make doses`."""

import sys

from tests.sql.reports.answer_keys import PARTS
from tests.sql.reports.database import SQL
from tests.sql.reports.doses.lists import find_absent_lists, read_labelled_doses
from tests.sql.reports.doses.measure import read_doses, score_amounts, score_confidence

CONFIDENCES = ("structured", "text", "in doubt", "other unit", "not stated")


def main() -> int:
    """Print one row per part and what is read."""
    if absent := find_absent_lists():
        print(f"skipped: the public files are not on this machine ({', '.join(absent)})", file=sys.stderr)
        return 0
    labelled = read_labelled_doses()
    read = read_doses([dose.fields for dose in labelled], SQL)
    print("part          doses  what           right  wrong  missed  precision  recall")
    for title, is_held_out in PARTS.items():
        part = [place for place, dose in enumerate(labelled) if dose.is_held_out == is_held_out]
        doses, found = [labelled[place] for place in part], [read[place] for place in part]
        scores = {f"{amount} amount": score_amounts(doses, found, amount) for amount in ("single", "daily")}
        scores |= {confidence: score_confidence(doses, found, confidence) for confidence in CONFIDENCES}
        for what, score in scores.items():
            print(f"{title:<12}  {len(part):>5}  {what:<13}  {score}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
