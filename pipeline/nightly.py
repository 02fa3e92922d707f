"""A run, step by step: freeze, build, judge, publish, notify. The command line and the DAGs call these after intake.

What passes between steps is an id, a path or a small dict, so that each step can run in a process of its own.
"""

from pathlib import Path
from typing import Any

from pipeline import alerts, identity, publishing, quality, runs, warehouse
from pipeline.errors import GateClosed, NightvigilError, NothingNew
from pipeline.intake import Say, no_progress, withdraw_untypable
from pipeline.landing.receipts import Receipt, read_receipts
from pipeline.quality.verdict import read_verdict
from pipeline.runs import run_dir
from pipeline.settings import Settings
from pipeline.sources import load_sources
from pipeline.sources.record import Source


def start_run(settings: Settings, landing: list[dict[str, Any]] | None = None) -> str:
    """Freeze what a run is made of and return its id. Raises NothingNew; PublicationFailed while held."""
    publishing.require_no_hold(settings)
    publishing.repair_link(settings)
    mark_interrupted_runs(settings)
    publishing.remove_superseded_candidates(settings)
    withdrawn = withdraw_untypable(settings)
    receipts = read_receipts(settings)
    if not receipts:
        raise NothingNew(
            "nothing was ever landed, so there is nothing to publish",
            where=str(settings.inbox),
            todo="put files into the inbox, or set the address of an agency (see .env.example)",
        )
    parent = publishing.current_snapshot(settings)
    wanted = identity.build_identity(settings, receipts)
    if parent is not None and publishing.read_manifest(settings, parent)["build_identity"] == wanted:
        raise NothingNew(
            f"nothing new: snapshot {parent} was built from these deliveries, SQL, codes, expectations and code",
            where=str(settings.published),
            todo="nothing; put files into the inbox or wait for the next nightly run",
        )
    run_id = runs.new_run_id(settings)
    inputs = {
        "run_id": run_id,
        "started_at": runs.now(),
        "parent": parent,
        "build_identity": wanted,
        "code_commit": identity.code_commit(),
        "deliveries": [receipt.delivery_id for receipt in receipts],
    }
    runs.write_json(run_dir(settings, run_id) / "inputs.json", inputs)
    runs.write_json(run_dir(settings, run_id) / "landing.json", [*(landing or []), *withdrawn])
    runs.begin_phase(settings, run_id, "freeze")
    runs.end_phase(settings, run_id, "freeze", deliveries=len(receipts))
    return run_id


def mark_interrupted_runs(settings: Settings) -> None:
    """Record as published each run that was interrupted after its snapshot went live and before it recorded so."""
    for run in runs.summaries(settings):
        if run["outcome"] is None and publishing.was_published(settings, run["run_id"]):
            message = "it was interrupted after its snapshot was live; the next run completed its record"
            runs.finish(settings, run["run_id"], "published", snapshot_id=run["run_id"], message=message)


def load_run_inputs(settings: Settings, run_id: str) -> tuple[dict[str, Any], list[Receipt]]:
    """The inputs of a run and their receipts, as they were when it started; raises NightvigilError if one is gone."""
    inputs = runs.read_json(run_dir(settings, run_id) / "inputs.json")
    found = {receipt.delivery_id: receipt for receipt in read_receipts(settings)}
    if gone := sorted(set(inputs["deliveries"]) - found.keys()):
        raise NightvigilError(
            f"the receipts of this run are no longer all there: {', '.join(gone)}",
            where=str(settings.raw),
            todo="look for them under quarantine/<source>/refused; start another run, which takes what there is",
        )
    return inputs, [receipt for receipt in found.values() if receipt.delivery_id in set(inputs["deliveries"])]


def build(settings: Settings, run_id: str, *, say: Say = no_progress) -> str:
    """Build the candidate of a run from nothing; return its path."""
    runs.begin_phase(settings, run_id, "build")
    inputs, receipts = load_run_inputs(settings, run_id)
    snapshot = {
        "run_id": run_id,
        "parent_snapshot_id": inputs["parent"],
        "profile": settings.profile,
        "code_commit": inputs["code_commit"],
        "build_identity": inputs["build_identity"],
        "started_at": inputs["started_at"],
        "sources": [_source_row(settings, source, receipts) for source in load_sources()],
        "runs": [run for run in runs.summaries(settings) if run["run_id"] < run_id],
    }
    candidate = warehouse.build(
        settings,
        receipts,
        snapshot,
        candidate_path(settings, run_id),
        sources=load_sources(),
        say=say,
    )
    quality.stamp_profile(settings, candidate)
    publishing.note_tables(settings, run_id, candidate)
    runs.end_phase(settings, run_id, "build", bytes=candidate.stat().st_size)
    return str(candidate)


def candidate_path(settings: Settings, run_id: str) -> Path:
    return run_dir(settings, run_id) / "candidate.duckdb"


def _source_row(settings: Settings, source: Source, receipts: list[Receipt]) -> dict[str, Any]:
    received = [receipt.received_at for receipt in receipts if receipt.source == source.name]
    path = settings.landing / source.name / "last_check.json"
    check = runs.read_json(path) if path.exists() else {}
    return {
        "source": source.name,
        "title": source.title,
        "wing": source.wing,
        "silence_warning_days": source.freshness.warning_days,
        "silence_alarm_days": source.freshness.alarm_days,
        "last_received_at": max(received, default=None),
        "last_checked_at": check.get("last_checked_at"),
        "status": check.get("status", "never checked"),
        "message": check.get("message"),
    }


def judge(settings: Settings, run_id: str, *, waiting: quality.WaitingJudge | None = None) -> dict[str, Any]:
    """Judge the candidate in a process of its own; raises GateClosed naming the rules that shut the gate.

    waiting: a judge that was started beforehand (`quality.waiting_judge`).
    """
    runs.begin_phase(settings, run_id, "judge")
    inputs, _ = load_run_inputs(settings, run_id)
    parent = inputs["parent"] and publishing.database_path(settings, inputs["parent"])
    verdict = quality.judge(
        settings, candidate_path(settings, run_id), run_dir(settings, run_id), parent, waiting=waiting
    )
    runs.end_phase(settings, run_id, "judge", is_open=verdict.is_open, outcomes=verdict.counts)
    if not verdict.is_open:
        message = "; ".join(f"{result.suite}: {result.rule} ({result.observed})" for result in verdict.blocking[:5])
        runs.finish(settings, run_id, "refused", message=message)
        raise GateClosed(
            f"the quality gate is shut by {len(verdict.blocking)} rules: {message}",
            where=f"run {run_id}, {run_dir(settings, run_id) / 'quality.json'}",
            todo="read the rules that failed there with their offending rows; the live snapshot is unchanged",
        )
    return dict(verdict.counts)


def publish(settings: Settings, run_id: str) -> str:
    """Publish the judged candidate of a run and return the snapshot's id. Publishing twice is publishing once."""
    runs.begin_phase(settings, run_id, "publish")
    inputs, receipts = load_run_inputs(settings, run_id)
    candidate = candidate_path(settings, run_id)
    if candidate.exists():  # else an interrupted publication has staged it together with its verdict
        quality.append_results(candidate, read_verdict(run_dir(settings, run_id) / "quality.json"))
    snapshot_id = publishing.publish(
        settings,
        run_id=run_id,
        candidate=candidate,
        inputs=inputs,
        receipts=receipts,
        component_hashes=identity.component_hashes(settings),
    )
    runs.end_phase(settings, run_id, "publish", snapshot_id=snapshot_id)
    runs.finish(settings, run_id, "published", snapshot_id=snapshot_id)
    return snapshot_id


def notify_published(settings: Settings, run_id: str, snapshot_id: str) -> str:
    """State in a few lines what the run published and what it had to leave out; also kept with the run."""
    return alerts.notify_published(settings, run_id, snapshot_id)


def publish_run(settings: Settings, run_id: str, *, say: Say = no_progress) -> str:
    """Build, judge and publish a run that was started, and notify people; return the snapshot's id.

    People are notified of whatever stops it before that is raised, as Airflow does for its own runs.
    """
    try:
        with quality.waiting_judge(run_dir(settings, run_id)) as waiting:
            say("building")
            build(settings, run_id, say=say)
            say("judging")
            judge(settings, run_id, waiting=waiting)
        say("publishing")
        snapshot_id = publish(settings, run_id)
    except NightvigilError as error:
        touches = "nothing new was published; the earlier snapshot stays live"
        alerts.notify_problem(settings, error, level="error", touches=touches)
        raise
    notify_published(settings, run_id, snapshot_id)
    return snapshot_id
