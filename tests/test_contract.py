"""The contract as a whole: built tables, promised columns, vocabularies and code lists agree."""

import csv
from pathlib import Path

import pytest

from pipeline.contract import load_contract
from pipeline.models import find_code_lists, load_models
from pipeline.quality.suites import list_built_tables, list_suites
from pipeline.resources import ROOT as PROJECT

SQL = PROJECT / "sql"
LISTED = load_models(SQL)


def test_every_table_that_is_built_is_promised_and_no_other() -> None:
    """List, files and contract name the same tables, and handwritten rules are of one of them."""
    contract = load_contract(SQL)
    built = list_built_tables(SQL)
    assert set(built) == set(contract.columns)
    assert len(built) == len(set(built)) == len(LISTED) + len([table for table in built if table.startswith("meta.")])
    assert set(list_suites(PROJECT / "expectations")) <= set(built)


def test_every_table_but_the_one_row_of_the_snapshot_has_a_key() -> None:
    contract = load_contract(SQL)
    assert set(contract.columns) - set(contract.keys) == {"meta.snapshot"}


def test_every_vocabulary_and_every_subset_is_used() -> None:
    """A word list that no column refers to would be kept up by nobody."""
    contract = load_contract(SQL)
    promised = contract.columns | contract.views
    used = {each for columns in promised.values() for column in columns for each in column.alternatives}
    used = {each for each in used if not each.startswith("codes.")}
    assert {word.vocabulary for word in contract.words} == {each.partition(":")[0] for each in used}
    whole = {each for each in used if ":" not in each}
    parts = {(name, part) for each in used for name, _, parts in [each.partition(":")] for part in parts.split("+")}
    unused = [
        word
        for word in contract.words
        if word.vocabulary not in whole and not {(word.vocabulary, part) for part in word.subsets} & parts
    ]
    assert not unused


CODED = {
    "drug": "drug:single",
    "rollup": "drug:rollup or reaction:rollup or indication_population:rollup",
    "drug_subclass": "drug:subclass",
    "route": "route:single",
    "usual_route": "route:single",
    "reaction": "reaction:single+rollup+trial_only",
    "outcome": "reaction:trial_only",
    "definition": "definition:term_set",
    "population": "population or indication_population:single",
    "reporter_type": "reporter_type:stated",
    "role": "role",
    "domain": "outcome_domain or reaction:single+rollup",
}
SHAPES = {"(shape of a row)"}  # rows that show how a person's decision is written, and match nothing


@pytest.mark.parametrize("path", find_code_lists(SQL).values(), ids=lambda path: path.stem)
def test_code_lists_lead_to_words_of_the_vocabulary(path: Path) -> None:
    """A word is defined once: what a list maps its spellings to is a word that columns may hold."""
    contract = load_contract(SQL)
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for column, vocabulary in CODED.items():
        known = {word for each in vocabulary.split(" or ") for word in contract.list_words(each)}
        found = {value for row in rows if (value := row.get(column))}
        assert found - SHAPES <= known, f"{path.name}: {column}"


def test_every_word_of_drug_reaction_and_route_is_reached_by_a_code_list() -> None:
    """A word that no spelling leads to would be a filter without rows."""
    contract = load_contract(SQL)
    reached: dict[str, set[str]] = {"drug": set(), "reaction": set(), "route": {"unknown"}}
    for path in find_code_lists(SQL).values():
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                for column, words in reached.items():
                    words.add(row.get(column) or "")
    for column, words in reached.items():
        assert set(contract.list_words(f"{column}:single")) <= words


def test_run_that_was_stopped_has_no_outcome_and_shuts_no_gate() -> None:
    """A killed run could not say how it ended; a rule that asked for it would stop every later run."""
    outcome = load_contract(SQL).find_column("meta.run", "outcome")
    assert outcome is not None and not outcome.must_be_stated
