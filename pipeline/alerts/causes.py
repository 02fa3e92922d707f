"""What closed the gate, as a message."""

from pathlib import Path

from pipeline.alerts.message import Message, Problem
from pipeline.quality.verdict import Verdict
from pipeline.settings import Settings


def describe_gate(settings: Settings, run_id: str, verdict: Verdict) -> Message:
    """The message of a closed gate: one problem for each blocking rule."""
    folder = Path(settings.runs / run_id)
    return Message(
        key="publication",
        state="blocked",
        level="error",
        subject=f"publication is blocked by {len(verdict.blocking)} rules",
        effect="nothing new was published; the earlier snapshot stays live",
        causes=tuple(
            Problem(
                f"{result.suite}: {result.rule}",
                where=result.suite,
                rule=f"{result.suite}: {result.rule}",
                now=result.observed,
            )
            for result in verdict.blocking
        ),
        todo=f"read {folder / 'quality.json'}",
        about={"run": run_id},
    )
