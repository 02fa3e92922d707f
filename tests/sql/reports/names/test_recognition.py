"""Recognition of drug names is judged by an answer key that was made before the code."""

import pytest

from tests.sql.reports.database import SQL
from tests.sql.reports.names.lists import KEY, LabelledName, find_absent_lists, read_labelled_names
from tests.sql.reports.names.measure import DRUGS, code_names, score_names

RECALL_FLOOR = 0.95
Coded = tuple[list[LabelledName], dict[str, frozenset[str]]]


@pytest.fixture(scope="module")
def coded() -> Coded:
    if absent := find_absent_lists():
        pytest.skip(f"the public name lists are not on this machine: {', '.join(absent)}")
    labelled = read_labelled_names()
    return labelled, code_names([name.name for name in labelled], SQL)


def test_key_holds_positions_and_labels_and_no_name() -> None:
    header, *rows = KEY.read_text(encoding="utf-8").splitlines()
    assert header == "list,line,label,magnesium_kind,basis"
    assert len(rows) > 5000
    words = {cell for row in rows for cell in row.split(",") if not cell.isdigit()}
    assert len(words) < 30


@pytest.mark.parametrize("is_held_out", [False, True], ids=["developed on", "held out"])
@pytest.mark.parametrize("drug", DRUGS)
def test_no_name_is_taken_for_a_drug_that_it_does_not_mean(coded: Coded, drug: str, is_held_out: bool) -> None:
    """A drug that is counted though nobody suspected it is worse than one that a person has yet to decide."""
    labelled, drugs = coded
    part = [name for name in labelled if name.is_held_out == is_held_out]
    score = score_names(part, drugs, drug)
    wrong = [name.name for name in part if drug in drugs[name.name] - name.drugs]
    assert not wrong
    assert score.right >= 9
    assert (score.recall or 0) >= RECALL_FLOOR


def test_matching_by_a_part_of_a_word_would_be_seen(coded: Coded) -> None:
    """The key holds what makes a substring search wrong; else the test above could not fail on one."""
    labelled, _ = coded
    for drug in DRUGS:
        found = {name.name: frozenset({drug} if drug in name.name.lower() else ()) for name in labelled}
        score = score_names(labelled, found, drug)
        assert score.wrong > 0, drug
