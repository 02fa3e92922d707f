"""The reading of indications is judged by an answer key that was made before the code list was extended."""

import pytest

from tests.sql.reports.database import SQL
from tests.sql.reports.indications.lists import KEY, LabelledTerm, find_absent_lists, read_labelled_terms
from tests.sql.reports.indications.measure import read_terms, score_all

FLOOR = 0.95
Read = tuple[list[LabelledTerm], dict[str, str]]


@pytest.fixture(scope="module")
def read() -> Read:
    if absent := find_absent_lists():
        pytest.skip(f"the public samples are not on this machine: {', '.join(absent)}")
    labelled = read_labelled_terms()
    return labelled, read_terms([term.term for term in labelled], SQL)


def test_key_holds_positions_and_labels_and_no_term() -> None:
    header, *rows = KEY.read_text(encoding="utf-8").splitlines()
    assert header == "list,line,label"
    assert len(rows) >= 300
    assert len({cell for row in rows for cell in row.split(",") if not cell.isdigit()}) < 25


@pytest.mark.parametrize("is_held_out", [False, True], ids=["developed on", "held out"])
def test_terms_are_read_as_a_person_read_them(read: Read, is_held_out: bool) -> None:
    """Of both parts of the key, the kinds of chronic pain apart."""
    labelled, populations = read
    part = [term for term in labelled if term.is_held_out == is_held_out]
    score = score_all(part, populations, by_kind=True)
    assert score.right >= 18
    assert (score.precision or 0) >= FLOOR
    assert (score.recall or 0) >= FLOOR


def test_matching_by_a_part_of_a_word_would_be_seen(read: Read) -> None:
    """The key holds what makes a search for the word pain, or for a part of depression, wrong."""
    labelled, _ = read
    by_word = {term.term: "pain_not_specified" if "pain" in term.term.lower() else "other" for term in labelled}
    assert score_all(labelled, by_word, by_kind=False).missed > 10
    assert score_all(labelled, by_word, by_kind=True).wrong > 5
