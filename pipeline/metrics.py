"""Metrics for Prometheus: `home/metrics/nightvigil.prom`, written whole at the end of each run.

A node exporter reads the file (`--collector.textfile.directory`). Times are seconds since 1970, so that an age is
computed when it is asked for: `time() - nightvigil_last_success_timestamp_seconds`. Ages in days are of the last run.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from pipeline import freshness, runs
from pipeline.alerts.nights import find_last_good
from pipeline.durable import write_durably
from pipeline.printable import make_one_line
from pipeline.runs import PAGES_PHASE
from pipeline.settings import Settings
from pipeline.sources import load_sources

NAME = "nightvigil.prom"

log = logging.getLogger("nightvigil.metrics")


@dataclass(frozen=True)
class Sample:
    """One value of a metric under its labels."""

    value: float
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Metric:
    """A gauge: its name without the prefix, what it means, and its samples."""

    name: str
    meaning: str
    samples: tuple[Sample, ...]


def find_path(settings: Settings) -> Path:
    """Where the metrics of a home are."""
    return settings.home / "metrics" / NAME


def write_metrics(settings: Settings, *, now: datetime | None = None) -> None:
    """Write the metrics of the latest run. What cannot be written is logged and changes nothing of the run."""
    try:
        text = format_metrics(collect(settings, now or datetime.now(UTC)))
        path = find_path(settings)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_durably(path, text.encode("utf-8", "backslashreplace"))
        path.chmod(0o644)
    except Exception as problem:  # noqa: BLE001 - whatever is wrong with the metrics, the run ends as it did
        log.warning("the metrics were not written: %s", make_one_line(f"{type(problem).__name__}: {problem}"))


def collect(settings: Settings, now: datetime) -> list[Metric]:
    """What is known of the latest run and of each source; a metric without a value is left out."""
    found = [
        Metric("written_timestamp_seconds", "When this file was written.", (Sample(now.timestamp()),)),
        *_describe_success(settings),
        *_describe_run(settings),
        *_describe_sources(settings, now),
    ]
    return [metric for metric in found if metric.samples]


def format_metrics(metrics: Iterable[Metric]) -> str:
    """The text format of Prometheus, version 0.0.4."""
    lines: list[str] = []
    for metric in metrics:
        name = f"nightvigil_{metric.name}"
        lines += [f"# HELP {name} {_escape_help(metric.meaning)}", f"# TYPE {name} gauge"]
        lines += [f"{name}{_format_labels(sample.labels)} {sample.value!r}" for sample in metric.samples]
    return "\n".join([*lines, ""])


def _describe_success(settings: Settings) -> Iterator[Metric]:
    good = find_last_good(settings)
    published = [run["finished_at"] for run in runs.summaries(settings) if run["outcome"] == "published"]
    yield Metric(
        "last_success_timestamp_seconds",
        "When the last run ended that published or found nothing new.",
        tuple(Sample(moment.timestamp()) for moment in [good] if moment),
    )
    yield Metric(
        "last_publication_timestamp_seconds",
        "When the last run ended that published.",
        tuple(Sample(_read_time(moment)) for moment in published[-1:]),
    )


def _describe_run(settings: Settings) -> Iterator[Metric]:
    paths = sorted(settings.runs.glob("*/run.json"))
    if not paths:
        return
    record = runs.read_json(paths[-1])
    outcome = record.get("outcome") or "none"
    yield Metric(
        "run_info",
        "The latest run and how it ended; always 1.",
        (Sample(1.0, {"run_id": record["run_id"], "outcome": outcome}),),
    )
    yield Metric(
        "run_phase_seconds",
        "How long each phase of the latest run took.",
        tuple(
            Sample(_read_time(phase["ended_at"]) - _read_time(phase["began_at"]), {"phase": name})
            for name, phase in record["phases"].items()
            if phase.get("ended_at") and phase.get("began_at")
        ),
    )
    yield from _describe_counts(paths[-1].parent, record)


def _describe_counts(folder: Path, record: dict[str, Any]) -> Iterator[Metric]:
    outcomes = record["phases"].get("judge", {}).get("outcomes", {})
    yield Metric(
        "rules",
        "Rules of the latest run by outcome.",
        tuple(Sample(float(count), {"outcome": outcome}) for outcome, count in outcomes.items()),
    )
    if "is_open" in record["phases"].get("judge", {}):
        is_open = record["phases"]["judge"]["is_open"]
        yield Metric("gate_open", "Whether the quality gate of the latest run is open.", (Sample(float(is_open)),))
    if "problem" in record["phases"].get(PAGES_PHASE, {}):
        is_made = record["phases"][PAGES_PHASE]["problem"] is None
        yield Metric("pages_made", "Whether the pages of the latest snapshot were made.", (Sample(float(is_made)),))
    landing = folder / "landing.json"
    offered: dict[str, int] = {}
    for outcome in runs.read_json(landing) if landing.exists() else []:
        offered[outcome["status"]] = offered.get(outcome["status"], 0) + 1
    yield Metric(
        "offered_deliveries",
        "Deliveries offered to the latest run by what became of them.",
        tuple(Sample(float(count), {"status": status}) for status, count in sorted(offered.items())),
    )
    inputs = folder / "inputs.json"
    if inputs.exists():
        count = len(runs.read_json(inputs)["deliveries"])
        yield Metric("deliveries", "Deliveries the latest run was made of.", (Sample(float(count)),))


def _describe_sources(settings: Settings, now: datetime) -> Iterator[Metric]:
    states = [freshness.assess(settings, source) for source in load_sources()]
    yield Metric(
        "source_data_timestamp_seconds",
        "The day up to which the data of a source reach.",
        tuple(
            Sample(_midnight(state.data_date), {"source": state.source.name}) for state in states if state.data_date
        ),
    )
    yield Metric(
        "source_data_age_days",
        "Age of the data of a source when this file was written.",
        tuple(
            Sample(float(age), {"source": state.source.name})
            for state in states
            if (age := state.find_age_days(now)) is not None
        ),
    )
    yield Metric(
        "source_received_timestamp_seconds",
        "When the last delivery of a source was received.",
        tuple(
            Sample(state.last_received_at.timestamp(), {"source": state.source.name})
            for state in states
            if state.last_received_at
        ),
    )
    yield Metric(
        "source_missing_periods",
        "Periods of a source that are missing between the first and the newest.",
        tuple(Sample(float(len(state.missing_periods)), {"source": state.source.name}) for state in states),
    )
    yield Metric(
        "source_status",
        "How a source last answered; always 1.",
        tuple(Sample(1.0, {"source": state.source.name, "status": state.status}) for state in states),
    )


def _read_time(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def _midnight(day: date) -> float:
    return datetime.combine(day, time(), UTC).timestamp()


def _format_labels(labels: dict[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escape_label(value)}"' for name, value in labels.items()) + "}"


def _escape_label(value: str) -> str:
    return _escape_help(value).replace('"', '\\"')


def _escape_help(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\\\r")
