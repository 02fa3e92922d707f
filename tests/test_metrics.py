"""The metrics of a run are a file that Prometheus can read, whatever a label holds."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline import runs
from pipeline.metrics import Metric, Sample, find_path, format_metrics, write_metrics
from pipeline.settings import Settings

NOW = datetime(2026, 11, 29, 3, tzinfo=UTC)
RUN = "20261129T020000Z-aaaaaa"
_LINE = re.compile(r'^([a-zA-Z_:][\w:]*)(?:\{((?:\w+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\S+)$')
_LABEL = re.compile(r'(\w+)="((?:[^"\\\n]|\\["\\n])*)"')
_ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


def parse(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Values by name and labels, by the grammar of the text format; each metric is announced before its samples."""
    found, announced = {}, set()
    for line in text.split("\n")[:-1]:
        if line.startswith("# TYPE "):
            announced.add(line.split(" ")[2])
        if line.startswith("#"):
            continue
        match = _LINE.match(line)
        assert match and match[1] in announced, line
        labels = {
            name: re.sub(r"\\[\\\"n]", lambda escape: _ESCAPES[escape[0]], value)
            for name, value in _LABEL.findall(match[2] or "")
        }
        found[match[1], frozenset(labels.items())] = float(match[3])
    return found


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(home=tmp_path)
    phase = {"began_at": "2026-11-29T02:00:00Z", "ended_at": "2026-11-29T02:00:12.500000Z"}
    judged = {**phase, "is_open": True, "outcomes": {"passed": 1762, "failed": 2, "error": 0, "not_applicable": 22}}
    record = {"run_id": RUN, "started_at": "2026-11-29T02:00:00Z", "finished_at": "2026-11-29T02:01:00Z"}
    record |= {"outcome": "published", "snapshot_id": RUN, "phases": {"build": phase, "judge": judged, "publish": {}}}
    runs.write_json(made.runs / RUN / "run.json", record)
    runs.write_json(made.runs / RUN / "inputs.json", {"deliveries": ["a", "b"]})
    runs.write_json(made.runs / RUN / "landing.json", [{"status": "landed"}, {"status": "refused"}])
    return made


def test_metrics_hold_durations_rules_and_times(settings: Settings) -> None:
    write_metrics(settings, now=NOW)
    found = parse(find_path(settings).read_text())
    plain = {name: value for (name, labels), value in found.items() if not labels}
    assert plain["nightvigil_written_timestamp_seconds"] == NOW.timestamp()
    assert (
        plain["nightvigil_last_publication_timestamp_seconds"] == datetime(2026, 11, 29, 2, 1, tzinfo=UTC).timestamp()
    )
    assert (plain["nightvigil_gate_open"], plain["nightvigil_deliveries"]) == (1, 2)
    assert found["nightvigil_run_phase_seconds", frozenset({("phase", "build")})] == 12.5
    assert found["nightvigil_rules", frozenset({("outcome", "passed")})] == 1762
    assert found["nightvigil_offered_deliveries", frozenset({("status", "refused")})] == 1
    assert ("nightvigil_source_missing_periods", frozenset({("source", "faers")})) in found
    assert [path.name for path in find_path(settings).parent.iterdir()] == ["nightvigil.prom"]


def test_home_without_a_run_has_metrics(tmp_path: Path) -> None:
    write_metrics(Settings(home=tmp_path), now=NOW)
    assert parse(find_path(Settings(home=tmp_path)).read_text())


@pytest.mark.parametrize("text", ['a"} 1\nforged{x="', "back\\slash", "line\nend", '\\"', "carriage\rreturn"])
def test_label_cannot_forge_a_sample(text: str) -> None:
    written = format_metrics([Metric("told", f"What {text} means.", (Sample(1.0, {"outcome": text}),))])
    ((name, labels),) = parse(written)
    assert name == "nightvigil_told"
    assert dict(labels)["outcome"].replace("\\r", "\r") == text


def test_metrics_that_cannot_be_written_change_nothing(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    (settings.runs / RUN / "run.json").write_text("{")
    write_metrics(settings, now=NOW)
    assert "the metrics were not written" in caplog.text
    assert not find_path(settings).exists()
