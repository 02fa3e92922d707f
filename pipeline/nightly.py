"""A run, step by step: freeze, build, judge, publish, notify. The command line and the DAGs call these after intake.

What passes between steps is an id, a path or a small dict, so that each step can run in a process of its own.
"""

from pathlib import Path
from typing import Any

from pipeline import code_change, compaction, freshness, identity, publishing, quality, runs, warehouse
from pipeline.alerts.causes import describe_gate
from pipeline.alerts.endings import report_published
from pipeline.digest import send_digest
from pipeline.errors import GateClosed, NightvigilError, NothingNew, UsageError
from pipeline.intake import Say, no_progress, report_problem, withdraw_untypable
from pipeline.landing.landed import scrub
from pipeline.landing.receipts import Receipt, is_any_synthetic, read_receipts
from pipeline.parent_views import Parent
from pipeline.quality.page import write_page
from pipeline.quality.verdict import read_verdict
from pipeline.runs import run_dir
from pipeline.settings import Settings
from pipeline.sources import load_sources
from pipeline.sources.record import Source
from pipeline.taken_over import find_taken_over

TAKEN_OVER = "taken_over.json"
"""In the folder of a run: which tables its build copied from the live snapshot."""


def start_run(settings: Settings, landing: list[dict[str, Any]] | None = None) -> str:
    """Freeze what a run is made of and return its id.

    Raises NothingNew; AcceptanceNeeded where a candidate made of the same waits for it already; PublicationFailed
    while publication is held, and where what was published, or what it was made from, is damaged or missing.
    """
    publishing.require_no_hold(settings)
    publishing.repair_link(settings)
    mark_interrupted_runs(settings)
    publishing.remove_superseded_candidates(settings)
    withdrawn = withdraw_untypable(settings)
    receipts = read_receipts(settings)
    parent = publishing.current_snapshot(settings)
    publishing.require_deliveries(settings, parent, receipts)
    if not receipts:
        raise NothingNew(
            "nothing was ever landed, so there is nothing to publish",
            where=str(settings.inbox),
            todo="put files into the inbox, or set the address of an agency (see .env.example)",
        )
    wanted = identity.build_identity(settings, receipts)
    if parent is not None and publishing.read_manifest(settings, parent)["build_identity"] == wanted:
        raise NothingNew(
            f"nothing new: snapshot {parent} was built from these deliveries, SQL, codes, expectations and code",
            where=str(settings.published),
            todo="nothing; put files into the inbox or wait for the next nightly run",
        )
    _require_nothing_waiting(settings, wanted)
    publishing.require_intact_parent(settings, parent)
    compaction.remove_superseded(settings, receipts)
    publishing.require_room_to_build(settings, parent)
    run_id = runs.new_run_id(settings)
    made_from = identity.component_hashes(settings)
    inputs = {
        "run_id": run_id,
        "started_at": runs.now(),
        "parent": parent,
        "build_identity": wanted,
        "made_from": made_from,
        "code_identity": identity.code_identity(made_from),
        "code_commit": identity.code_commit(),
        "deliveries": [receipt.delivery_id for receipt in receipts],
    }
    runs.write_json(run_dir(settings, run_id) / "inputs.json", inputs)
    runs.write_json(run_dir(settings, run_id) / "landing.json", [*(landing or []), *withdrawn])
    runs.begin_phase(settings, run_id, "freeze")
    for problem in scrub(settings, receipts, settings.scrub_bytes):
        _report_problem(settings, run_id, problem)
    runs.end_phase(settings, run_id, "freeze", deliveries=len(receipts))
    return run_id


def _require_nothing_waiting(settings: Settings, wanted: str) -> None:
    """Raise AcceptanceNeeded where a candidate of this build identity waits: another would be the same."""
    waiting = publishing.find_waiting(settings)
    if waiting is None:
        return
    run_id = waiting["run_id"]
    inputs = runs.read_json(run_dir(settings, run_id) / "inputs.json")
    change = publishing.read_code_change(settings, run_id)
    is_kept = candidate_path(settings, run_id).exists() and inputs["build_identity"] == wanted
    if change and is_kept and not publishing.find_acceptance(settings, change["before"], change["after"]):
        raise publishing.need_acceptance(settings, run_id, change)


def _report_problem(settings: Settings, run_id: str, problem: NightvigilError) -> None:
    report_problem(settings, problem)
    runs.note_problem(settings, run_id, problem.to_json())


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
    """Build the candidate of a run; return its path.

    Tables that nothing has changed are copied from the live snapshot (`taken_over`), all others are made from what
    was received.
    """
    runs.begin_phase(settings, run_id, "build")
    inputs, receipts = load_run_inputs(settings, run_id)
    publishing.forget_code_change(settings, run_id)
    taken_over = find_taken_over(settings, inputs, receipts)
    runs.write_json(run_dir(settings, run_id) / TAKEN_OVER, taken_over.to_json())
    parent = code_change.find_parent(settings, inputs, taken_over.tables)
    candidate = _build_from(settings, inputs, receipts, candidate_path(settings, run_id), say, parent=parent)
    quality.stamp_profile(settings, candidate)
    publishing.note_tables(settings, run_id, candidate)
    publishing.require_taken_over(settings, run_id, inputs["parent"], taken_over.tables)
    taken = len(taken_over.tables)
    size = candidate.stat().st_size
    runs.end_phase(settings, run_id, "build", bytes=size, taken_over=taken, engine=settings.engine)
    return str(candidate)


def _build_from(
    settings: Settings,
    inputs: dict[str, Any],
    receipts: list[Receipt],
    target: Path,
    say: Say,
    *,
    parent: Parent | None = None,
) -> Path:
    """Build a database. parent: with what it is compared; nothing where it only shows what new code changes."""
    snapshot = {
        "run_id": inputs["run_id"],
        "parent_snapshot_id": inputs["parent"],
        "profile": settings.profile,
        "code_commit": inputs["code_commit"],
        "build_identity": inputs["build_identity"],
        "started_at": inputs["started_at"],
        "is_synthetic": is_any_synthetic(receipts),
        "sources": [_source_row(settings, source, receipts) for source in load_sources()],
        "runs": [run for run in runs.summaries(settings) if run["run_id"] < inputs["run_id"]],
    }
    return warehouse.build(
        settings,
        receipts,
        snapshot,
        target,
        sources=load_sources(),
        parent=parent,
        say=say,
        report=lambda problem: _report_problem(settings, inputs["run_id"], problem),
    )


def candidate_path(settings: Settings, run_id: str) -> Path:
    return run_dir(settings, run_id) / "candidate.duckdb"


def _source_row(settings: Settings, source: Source, receipts: list[Receipt]) -> dict[str, Any]:
    state = freshness.assess(settings, source, [receipt for receipt in receipts if receipt.source == source.name])
    return {
        "source": source.name,
        "title": source.title,
        "wing": source.wing,
        "silence_warning_days": source.freshness and source.freshness.warning_days,
        "silence_alarm_days": source.freshness and source.freshness.alarm_days,
        "newest_period": state.newest_period,
        "missing_periods": " ".join(state.missing_periods) or None,
        "data_date": state.data_date,
        "last_received_at": state.last_received_at,
        "last_checked_at": state.last_checked_at,
        "status": state.status,
        "message": state.message or None,
    }


def judge(settings: Settings, run_id: str, *, waiting: quality.WaitingJudge | None = None) -> dict[str, Any]:
    """Judge the candidate in a process of its own; raises GateClosed naming the rules that shut the gate.

    waiting: a judge that was started beforehand (`quality.waiting_judge`).
    """
    runs.begin_phase(settings, run_id, "judge")
    inputs, _ = load_run_inputs(settings, run_id)
    parent = inputs["parent"] and publishing.database_path(settings, inputs["parent"])
    verdict = quality.judge(
        settings,
        candidate_path(settings, run_id),
        run_dir(settings, run_id),
        parent,
        waiting=waiting,
        carried_tables=_list_carried_tables(settings, run_id, inputs),
    )
    carried = len(verdict.carried)
    runs.end_phase(settings, run_id, "judge", is_open=verdict.is_open, outcomes=verdict.counts, carried=carried)
    write_page(settings, run_id, verdict)
    if not verdict.is_open:
        gate = describe_gate(settings, run_id, verdict)
        runs.finish(settings, run_id, "refused", message=gate.subject)
        raise GateClosed(
            f"{gate.subject}; {gate.effect}",
            where=f"run {run_id}, {run_dir(settings, run_id) / 'quality.json'}",
            todo=f"see `{gate.command}`; {gate.todo}",
            run_id=run_id,
        )
    return dict(verdict.counts)


def _list_carried_tables(settings: Settings, run_id: str, inputs: dict[str, Any]) -> list[str]:
    """The tables that the build of a run took over and that are shown to be those of the live snapshot; none where
    that was judged with other rules, code or settings."""
    parent, made_from = inputs["parent"], inputs.get("made_from")
    if parent is None or made_from != identity.component_hashes(settings):
        return []
    if publishing.read_manifest(settings, parent).get("made_from") != made_from:
        return []
    taken_over = _read_taken_over(settings, run_id).get("taken_over", {}).get("tables", ())
    return publishing.list_proven(settings, run_id, parent, taken_over)


def publish(settings: Settings, run_id: str, *, say: Say = no_progress) -> str:
    """Publish the judged candidate of a run and return the snapshot's id. Publishing twice is publishing once.

    Raises AcceptanceNeeded where its code moves published values and nobody has accepted that.
    """
    inputs, receipts = load_run_inputs(settings, run_id)
    if not publishing.was_published(settings, run_id):
        publishing.require_parent(settings, inputs["parent"], run_id)
        publishing.require_open(run_dir(settings, run_id))
        inputs["code_change"] = _compare_code(settings, inputs, say)
        inputs |= _read_taken_over(settings, run_id)
    runs.begin_phase(settings, run_id, "publish")
    candidate = candidate_path(settings, run_id)
    if candidate.exists():  # else an interrupted publication has staged it together with its verdict
        quality.append_results(candidate, read_verdict(run_dir(settings, run_id) / "quality.json"))
    snapshot_id = publishing.publish(
        settings,
        run_id=run_id,
        candidate=candidate,
        inputs=inputs,
        receipts=receipts,
        component_hashes=inputs.get("made_from") or identity.component_hashes(settings),
    )
    runs.end_phase(settings, run_id, "publish", snapshot_id=snapshot_id)
    runs.finish(settings, run_id, "published", snapshot_id=snapshot_id)
    return snapshot_id


def _read_taken_over(settings: Settings, run_id: str) -> dict[str, Any]:
    """What the build of a run copied, for the manifest; nothing where a build of before 2026-11-29 recorded none."""
    path = run_dir(settings, run_id) / TAKEN_OVER
    return {"taken_over": runs.read_json(path)} if path.is_file() else {}


def _compare_code(settings: Settings, inputs: dict[str, Any], say: Say) -> dict[str, Any] | None:
    """What new code changes and who accepted it, for the manifest; None where the code is the parent's.

    Compares once a run. Raises AcceptanceNeeded.
    """
    run_id = inputs["run_id"]
    inputs = {"code_identity": identity.code_identity(identity.component_hashes(settings)), **inputs}
    change = publishing.read_code_change(settings, run_id)
    if change is None:
        runs.begin_phase(settings, run_id, "compare")
        change = code_change.find_code_change(
            settings,
            inputs,
            candidate_path(settings, run_id),
            lambda receipts, target: _build_from(settings, inputs, receipts, target, say),
        )
        if change is None:
            runs.end_phase(settings, run_id, "compare", compared_on=None)
            return None
        publishing.write_code_change(settings, run_id, change)
        differing = [table["table"] for table in change["by_code"]]
        runs.end_phase(settings, run_id, "compare", compared_on=change["compared_on"], differing_tables=differing)
    acceptance = publishing.find_acceptance(settings, change["before"], change["after"])
    if change["by_code"] and acceptance is None:
        problem = publishing.need_acceptance(settings, run_id, change)
        runs.finish(settings, run_id, "waiting", message=problem.what)
        raise problem
    return {**change, "acceptance": acceptance}


def accept(settings: Settings, *, reason: str, by: str, say: Say = no_progress) -> str:
    """Record that a person accepts what the code of the waiting run changes, and publish its candidate.

    Returns the snapshot's id. The acceptance stays when publishing fails; the next run inherits it. Raises UsageError
    where nothing waits, or without a reason and a name; PublicationFailed while publication is held.
    """
    for name, text in (("--reason", reason), ("--by", by)):
        if not text.strip():
            raise UsageError(f"{name} is blank", where=name, todo="state why the change is right, and who accepts it")
    waiting = find_waiting(settings)
    publishing.require_no_hold(settings)
    publishing.record_acceptance(settings, waiting["run_id"], reason=reason.strip(), by=by.strip())
    snapshot_id = publish(settings, waiting["run_id"], say=say)
    notify_published(settings, waiting["run_id"], snapshot_id)
    return snapshot_id


def find_waiting(settings: Settings) -> dict[str, Any]:
    """The run that waits for acceptance, with its `code_change`; raises UsageError where none does."""
    waiting = publishing.find_waiting(settings)
    if waiting is None:
        raise UsageError(
            "nothing waits for acceptance",
            where=str(settings.runs),
            todo="run `nightvigil nightly`; a candidate waits only while the snapshot it was built on is live and "
            "the code that built it is installed",
        )
    return waiting | {"code_change": publishing.read_code_change(settings, waiting["run_id"])}


def notify_published(settings: Settings, run_id: str, snapshot_id: str) -> str:
    """Report what the run published and what it had to leave out, and to analysts what changed; return the first in
    one line. Also kept with the run."""
    message = report_published(settings, run_id, snapshot_id)
    send_digest(settings, snapshot_id)
    return message.subject


def publish_run(settings: Settings, run_id: str, *, say: Say = no_progress) -> str:
    """Build, judge and publish a run that was started; return the snapshot's id."""
    with quality.waiting_judge(run_dir(settings, run_id)) as waiting:
        say("building")
        build(settings, run_id, say=say)
        say("judging")
        judge(settings, run_id, waiting=waiting)
    say("publishing")
    return publish(settings, run_id, say=say)
