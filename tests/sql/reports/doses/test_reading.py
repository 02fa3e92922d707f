"""The reading of doses is judged by an answer key that was made before the code, and by cases written out here."""

import pytest

from tests.sql.reports.database import SQL
from tests.sql.reports.doses.lists import KEY, LabelledDose, find_absent_lists, read_labelled_doses
from tests.sql.reports.doses.measure import Reading, read_doses, score_amounts, score_confidence

Read = tuple[list[LabelledDose], list[Reading]]


@pytest.fixture(scope="module")
def read() -> Read:
    if absent := find_absent_lists():
        pytest.skip(f"the public files are not on this machine: {', '.join(absent)}")
    labelled = read_labelled_doses()
    return labelled, read_doses([dose.fields for dose in labelled], SQL)


def test_key_holds_positions_and_labels_and_no_dose_as_reported() -> None:
    header, *rows = KEY.read_text(encoding="utf-8").splitlines()
    assert header == "list,line,confidence,single,daily,unit"
    assert len(rows) >= 300
    assert len({tuple(row.split(",")[:2]) for row in rows}) == len(rows)


@pytest.mark.parametrize("is_held_out", [False, True], ids=["developed on", "held out"])
@pytest.mark.parametrize("amount", ["single", "daily"])
def test_amounts_are_read_as_labelled(read: Read, amount: str, is_held_out: bool) -> None:
    """A wrong amount is worse than none: what is not certain is in doubt."""
    score = score_amounts(*_select_part(read, is_held_out), amount)
    assert score.right >= 40
    assert score.wrong == 0
    assert (score.recall or 0) >= 0.97


@pytest.mark.parametrize("is_held_out", [False, True], ids=["developed on", "held out"])
def test_doses_in_doubt_are_not_taken_for_doses(read: Read, is_held_out: bool) -> None:
    score = score_confidence(*_select_part(read, is_held_out), "in doubt")
    assert score.right >= 5
    assert score.missed == 0


def _select_part(read: Read, is_held_out: bool) -> Read:
    pairs = [pair for pair in zip(*read, strict=True) if pair[0].is_held_out == is_held_out]
    return [dose for dose, _ in pairs], [found for _, found in pairs]


CASES = {  # text, amount, unit, frequency -> confidence, single, daily, unit
    ("0.5 MG/KG OVER 40 MINUTES", None, None, None): ("text", 0.5, None, "mg/kg"),
    ("0.2 MG/KG/HR CONTINUOUS INFUSION", None, None, None): ("text", 0.2, None, "mg/kg/h"),
    ("5 MCG/KG/MIN", None, None, None): ("text", 0.3, None, "mg/kg/h"),
    ("300 MICROGRAM/KG", None, None, None): ("text", 0.3, None, "mg/kg"),
    (".5 MG/KG", None, None, None): ("text", 0.5, None, "mg/kg"),
    ("0,5 MG/KG", None, None, None): ("text", 0.5, None, "mg/kg"),
    ("1,000 MG DAILY", None, None, None): ("text", 1000.0, 1000.0, "mg"),
    ("2 GRAMS, THEN 1 G/HR", None, None, None): ("in doubt", None, None, None),
    ("56 MG, 2X/WEEK", "56", "MG", "BIW"): ("structured", 56.0, None, "mg"),
    ("56 MG OR 84 MG", None, None, None): ("in doubt", None, None, None),
    ("0.3-0.5 MG/KG", None, None, None): ("in doubt", None, None, None),
    ("50 MG/ML", None, None, None): ("other unit", None, None, None),
    ("20/10 MG", None, None, None): ("in doubt", None, None, None),
    ("150 MG (75 MG, 2 IN 1 D)", None, None, None): ("text", 75.0, 150.0, "mg"),
    ("10 MG/DAY", None, None, None): ("text", None, 10.0, "mg"),
    ("100 MG IN THE MORNING AND 200 MG AT NIGHT", None, None, None): ("in doubt", None, None, None),
    ("2 TABLETS OF 100 MG", None, None, None): ("in doubt", None, None, None),
    ("100 MG", "2", "DF", "BID"): ("in doubt", None, None, None),
    (None, "1,200", "MG", None): ("structured", 1200.0, None, "mg"),
    (None, "\t10 ", "MG", "QD"): ("structured", 10.0, 10.0, "mg"),
    (None, "10-20", "MG", "QD"): ("in doubt", None, None, None),
    (None, "NAN", "MG", "QD"): ("in doubt", None, None, None),
    (None, "9" * 400, "MG", "QD"): ("in doubt", None, None, None),
    ("10 MG/KG/M2", None, None, None): ("other unit", None, None, None),
    (None, "MIL", "MG", None): ("in doubt", None, None, None),
    (None, "40", "MEQ", None): ("other unit", None, None, None),
    (None, "10", None, "QD"): ("other unit", None, None, None),
    (None, "0", "MG", "QD"): ("not stated", None, None, None),
    ("10 MG", "20", "MG", "QD"): ("in doubt", None, None, None),
    ("40 MG DAILY", "20", "MG", "BID"): ("structured", 20.0, 40.0, "mg"),
    ("UNK", None, None, "QD"): ("not stated", None, None, None),
    ("INTRAVENOUS DRIP", None, None, None): ("not stated", None, None, None),
    (None, None, None, None): ("not stated", None, None, None),
}  # fmt: skip


def test_doses_of_watched_drugs_are_read_as_a_pharmacist_would() -> None:
    """Infusions by weight and time, sprays twice a week, ranges, strengths, tablets and fields that disagree."""
    found = dict(zip(CASES, read_doses(list(CASES), SQL), strict=True))
    assert found == CASES
