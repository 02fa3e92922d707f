"""Codes that the statistics return are words of the vocabulary, each with its text, and no word is left over."""

import pytest

from pipeline.contract import load_contract
from pipeline.resources import ROOT as PROJECT
from pipeline.statistics.meta_analysis import Note, Reason


@pytest.mark.parametrize(("codes", "vocabulary"), [(Reason, "effect_reason"), (Note, "effect_note")])
def test_every_code_has_its_text_and_every_text_its_code(codes, vocabulary) -> None:
    assert set(codes) == set(load_contract(PROJECT / "sql").list_words(vocabulary))
