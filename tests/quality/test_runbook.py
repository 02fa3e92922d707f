"""Every rule that can shut the gate has an entry in the runbook, and the file is what the rules say today."""

import pytest

from pipeline.quality.rules import Suite
from pipeline.quality.runbook import PATH, list_entries, load_suites, write_runbook


@pytest.fixture(scope="module")
def suites() -> list[Suite]:
    return load_suites()


def test_every_critical_rule_has_one_entry(suites: list[Suite]) -> None:
    critical = [
        f"{suite.table}: {rule.name}" for suite in suites for rule in suite.rules if rule.severity == "critical"
    ]
    covered = [name for entry in list_entries(suites) for name in entry.covers]
    assert sorted(covered) == sorted(critical)
    headings = [entry.heading for entry in list_entries(suites)]
    assert len(set(headings)) == len(headings)


def test_every_entry_says_what_a_person_on_call_needs(suites: list[Suite]) -> None:
    for entry in list_entries(suites):
        for part in ("Means", "Affects", "First look", "Usual causes", "Do (", "May be overridden"):
            assert f"\n- {part}" in f"\n{entry.text}", entry.heading


def test_file_is_what_the_generator_writes(suites: list[Suite]) -> None:
    """After a change of a rule: `python -m pipeline.quality.runbook`."""
    assert PATH.read_text(encoding="utf-8") == write_runbook(suites)
