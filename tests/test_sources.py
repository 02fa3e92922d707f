"""The list of sources: what it finds, in which order, and which records it refuses."""

from dataclasses import replace
from types import ModuleType

import pytest

from pipeline import sources
from pipeline.errors import NightvigilError, UsageError
from pipeline.sources.record import Source


def test_reports_come_before_trials() -> None:
    assert [(source.wing, source.name) for source in sources.load_sources()] == [
        ("reports", "faers"),
        ("trials", "clinicaltrials"),
        ("trials", "studies"),
    ]


def test_an_unknown_name_says_which_there_are() -> None:
    with pytest.raises(UsageError, match="there is no source 'farce'") as refused:
        sources.find_source("farce")
    assert "faers, clinicaltrials" in refused.value.todo


@pytest.mark.parametrize("record", [None, replace(sources.find_source("faers"), name="other")])
def test_a_module_without_a_record_of_its_name_is_refused(
    record: Source | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = ModuleType("pipeline.sources.northland")
    if record is not None:
        module.SOURCE = record
    monkeypatch.setattr(sources, "import_module", lambda name: module)
    with pytest.raises(NightvigilError, match="defines no record of its own name"):
        sources._read_record("northland")


@pytest.mark.parametrize("change", [{"name": "icsr"}, {"name": "faers_legacy", "asset": "legacy"}])
def test_two_records_that_could_be_confused_are_refused(change: dict[str, str]) -> None:
    """They share an asset and so a DAG, or the files of one's typed models are found as the other's."""
    faers = sources.find_source("faers")
    with pytest.raises(NightvigilError, match="share an asset or the names of typed models"):
        sources._require_distinct([faers, replace(faers, **change)])


@pytest.mark.parametrize("source", sources.load_sources(), ids=lambda source: source.name)
def test_silence_becomes_a_warning_before_it_becomes_an_alarm(source: Source) -> None:
    limits = source.freshness
    assert limits is None or 0 < limits.warning_days < limits.alarm_days
