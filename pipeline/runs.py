"""The record of a run: what it did, whether or not it published. Files are added and completed, never removed.

runs/<run id>/inputs.json   the deliveries fixed when the run started
              landing.json  the outcome of every delivery offered to the run
              run.json      each phase with its times, damaged files it rebuilt or reported, and how it ended
              quality.json  every rule and its outcome
"""

import json
import secrets
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline.durable import write_durably
from pipeline.printable import make_json_printable
from pipeline.settings import Settings

PAGES_PHASE = "pages"
"""The phase in which the pages of a snapshot are made; it keeps `problem`, null where they were made."""
_TIME = "%Y%m%dT%H%M%S"


def now() -> str:
    """The time in UTC, to the microsecond, as every record has it."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def new_run_id(settings: Settings) -> str:
    """A name that sorts by time and is not given twice in one second; later than every run there is.

    Where the clock was set back, the name continues from the latest run: the last run is the last by name.
    """
    moment = datetime.now(UTC).replace(microsecond=0)
    latest = max((path.name for path in settings.runs.glob("[0-9]*Z-*")), default="")
    with suppress(ValueError, OverflowError):  # there is no run, or its name is not one of ours
        moment = max(moment, datetime.strptime(latest.partition("-")[0], f"{_TIME}%z") + timedelta(seconds=1))
    return f"{moment:{_TIME}Z}-{secrets.token_hex(3)}"


def run_dir(settings: Settings, run_id: str) -> Path:
    return settings.runs / run_id


def read_json(path: Path) -> Any:
    return json.loads(path.read_text())


def write_json(path: Path, value: Any) -> None:
    """Write a record whole: readers see the file before or after, never between.

    What a terminal would obey is escaped, as JSON allows, so that a person may look at the file; the values are
    exact.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    text = make_json_printable(json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False))
    write_durably(path, f"{text}\n".encode())


def begin_phase(settings: Settings, run_id: str, phase: str) -> None:
    """Note that a phase began; a phase that began and has no end is where a run was interrupted."""
    _update(settings, run_id, {"phase": phase, "phases": {phase: {"began_at": now()}}})


def end_phase(settings: Settings, run_id: str, phase: str, **facts: Any) -> None:
    """Note that a phase ended, with what is worth keeping of it."""
    _update(settings, run_id, {"phases": {phase: {"ended_at": now(), **facts}}})


def finish(
    settings: Settings, run_id: str, outcome: str, *, snapshot_id: str | None = None, message: str = ""
) -> None:
    """Note how the run ended: published, refused, failed, interrupted."""
    ending = {"outcome": outcome, "snapshot_id": snapshot_id, "message": message, "finished_at": now()}
    _update(settings, run_id, ending)


def note_problem(settings: Settings, run_id: str, problem: dict[str, str]) -> None:
    """Note a damaged file that the run rebuilt or could do without: {what, where, todo}."""
    path = run_dir(settings, run_id) / "run.json"
    earlier = read_json(path).get("problems", []) if path.exists() else []
    _update(settings, run_id, {"problems": [*earlier, problem]})


def note_dag_run(settings: Settings, run_id: str, dag_run: str) -> None:
    """Note the run of Airflow that makes this run."""
    _update(settings, run_id, {"dag_run": dag_run})


def find_of_dag_run(settings: Settings, dag_run: str) -> str | None:
    """The run that a run of Airflow made; None where it made none."""
    paths = sorted(settings.runs.glob("*/run.json"), reverse=True)
    return next((path.parent.name for path in paths if read_json(path).get("dag_run") == dag_run), None)


def has_no_outcome(settings: Settings, run_id: str) -> bool:
    """Whether a run has a record that does not say how it ended."""
    path = run_dir(settings, run_id) / "run.json"
    return path.exists() and read_json(path).get("outcome") is None


def summaries(settings: Settings) -> list[dict[str, Any]]:
    """One line a run, oldest first, as `meta.run` shows them."""
    columns = ("run_id", "started_at", "finished_at", "outcome", "snapshot_id", "message")
    records = [read_json(path) for path in sorted(settings.runs.glob("*/run.json"))]
    return [{column: record.get(column) for column in columns} for record in records]


def _update(settings: Settings, run_id: str, facts: dict[str, Any]) -> None:
    path = run_dir(settings, run_id) / "run.json"
    new: dict[str, Any] = {"run_id": run_id, "started_at": now(), "phases": {}}
    record = read_json(path) if path.exists() else new
    for phase, values in facts.pop("phases", {}).items():
        record["phases"].setdefault(phase, {}).update(values)
    write_json(path, record | facts)
