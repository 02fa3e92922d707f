"""A fault seeded into SQL, code lists or arithmetic never reaches readers: a rule stops it, or it waits.

Here one of a code list, one of arithmetic and two that no rule stopped when the list was begun (all of those in the
repetitions); `make seeded-faults` observes every fault.
"""

from pathlib import Path

import pytest

from pipeline.resources import ROOT as PROJECT
from tests.project_copy import ProjectCopy
from tests.repetitions import choose_some
from tests.seeded_faults.faults import FAULTS, PASSED
from tests.seeded_faults.seeding import make_sound, observe

OBSERVED = ["a condition given another population", "intervals of 90 in 100", *PASSED]


def test_as_many_faults_are_listed_as_are_stated() -> None:
    assert len(FAULTS) == 47


def test_each_fault_replaces_a_text_that_is_there_once() -> None:
    """An edit of the SQL that rewords such a line must reword the fault as well."""
    edits = [(name, edit) for name, listed in FAULTS.items() for edit in listed]
    counts = {(name, edit.path): (PROJECT / edit.path).read_text().count(edit.right) for name, edit in edits}
    assert {place: count for place, count in counts.items() if count != 1} == {}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> ProjectCopy:
    return make_sound(tmp_path_factory.mktemp("sound"))


@pytest.mark.proof
@pytest.mark.parametrize("name", choose_some(OBSERVED, 3))
def test_seeded_fault_is_stopped(sound: ProjectCopy, name: str, tmp_path: Path) -> None:
    found = observe(sound, FAULTS[name], tmp_path / "copy")
    print(f"{name}: {found.by}, {found.what}")
    assert found.by, found.what
