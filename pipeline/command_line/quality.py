"""The command that prints what the judge said of a run."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.command_line.output import Format, FormatOption, from_records, write, write_json
from pipeline.command_line.progress import print_message
from pipeline.errors import UsageError
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.alerts.message import Problem

COLUMNS = ("part", "suite.rule", "now", "before", "failed", "checked", "limit", "override", "sample")


def quality(
    run: Annotated[
        str | None, typer.Argument(help="The id of a run; without it, the last one that was judged.")
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show what failed in a run, causes first, and how many rules passed."""
    from pipeline.alerts.causes import describe_gate, describe_warnings
    from pipeline.quality.verdict import read_verdict

    settings = Settings.from_environment()
    run_id = run or find_last_judged(settings)
    verdict = read_verdict(require_judged(settings, run_id))
    gate = describe_gate(settings, run_id, verdict) if verdict.blocking else None
    warnings = describe_warnings(settings, run_id, verdict)
    if form is Format.JSON:
        found = {
            "run_id": run_id,
            "is_open": verdict.is_open,
            "counts": verdict.counts,
            "gate": gate and gate.to_json(),
        }
        write_json({**found, "warnings": [asdict(problem) for problem in warnings]})
        return
    parts = {"cause": gate.causes, "consequence": gate.consequences} if gate else {}
    # A failure that is overridden while others shut the gate stands among these.
    shown = {problem.rule for problems in parts.values() for problem in problems}
    parts["warning"] = tuple(problem for problem in warnings if problem.rule not in shown)
    rows = [_show(part, problem) for part, problems in parts.items() for problem in problems]
    write(from_records(rows, COLUMNS), form)
    counts = ", ".join(f"{count} {outcome.replace('_', ' ')}" for outcome, count in verdict.counts.items() if count)
    print_message(f"run {run_id}: the gate is {'open' if verdict.is_open else 'closed'}; rules: {counts}")
    if gate:
        print_message(f"{gate.subject}\n  effect: {gate.effect}\n  who: {gate.who}\n  do: {gate.todo}")


def find_last_judged(settings: Settings) -> str:
    """The latest run with a verdict; raises UsageError where none has one."""
    judged = sorted(path.parent.name for path in settings.runs.glob("*/quality.json"))
    if not judged:
        raise UsageError("no run was judged", where=str(settings.runs), todo="run `nightvigil nightly` first")
    return judged[-1]


def require_judged(settings: Settings, run_id: str) -> Path:
    """The verdict's file of a run; raises UsageError where the run has none."""
    judged = {path.parent.name: path for path in settings.runs.glob("*/quality.json")}
    if run_id not in judged:
        raise UsageError(
            f"run {run_id} was not judged, or there is no such run",
            where=str(settings.runs),
            todo="name a run that has a quality.json, or none for the last one",
        )
    return judged[run_id]


def _show(part: str, problem: "Problem") -> dict[str, Any]:
    return {
        "part": part,
        "suite.rule": problem.rule.replace(": ", ".", 1),
        "now": problem.now or None,
        "before": problem.earlier or None,
        "failed": problem.failed_count,
        "checked": problem.checked_count,
        "limit": problem.limit or None,
        "override": problem.override or None,
        "sample": problem.samples[0] if problem.samples else None,
    }
