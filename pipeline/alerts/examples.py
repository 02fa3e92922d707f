"""One invented message of each kind, with which a person tries the channels."""

import secrets
from datetime import UTC, datetime

from pipeline.alerts.message import Level, Message, Problem, State

NOTHING_HAPPENED = "This message is a test of the alerts: nothing happened, and nobody needs to act."
KINDS: dict[State, tuple[Level, str]] = {
    "blocked": ("error", "not published, a re-issued quarter holds a tenth of its cases"),
    "waiting": ("error", "not published, new code moves published values and waits for acceptance"),
    "held": ("error", "not published, publication is held since a rollback"),
    "failed": ("error", "not published, the run ended without a result"),
    "refused": ("warning", "published without one delivery, which was refused"),
    "unavailable": ("warning", "published with what there was, an agency did not answer"),
    "moved": ("error", "a source may have moved, every address of it answers 404"),
    "stale": ("warning", "a source is silent for longer than it should be"),
    "silent": ("error", "no run has succeeded in time"),
    "disk": ("error", "the disk is nearly full"),
    "warned": ("warning", "published, with two warnings"),
    "published": ("info", "published"),
    "changed": ("info", "for analysts: 12 cases of watched drugs gained, 1 lost; 1 flag raised"),
    "recovered": ("info", "the source answers again"),
    "test": ("info", "this channel works"),
}
CAUSE = Problem(
    "The re-issue of 2013Q2 holds 346 cases; the delivery it replaces held 3,491.",
    where="delivery faers-2013Q2-00000000",
    rule="delivery.faers: a re-issue keeps at least nine tenths",
    earlier="3,491 cases",
    now="346 cases",
    failed_count=1,
    checked_count=1,
    limit="no row may fail",
    samples=("2013Q2, case_count 346",),
)
CONSEQUENCE = Problem("fewer pairs are reported than before", earlier="12,244", now="1,140")


def list_examples() -> list[Message]:
    """A message of each kind. Every list has ids of its own, so that no receiver drops it as a copy."""
    number = secrets.token_hex(4)
    return [
        Message(
            key="test",
            state=state,
            level=level,
            subject=f"(test) {subject}",
            effect=NOTHING_HAPPENED,
            causes=(CAUSE,) if state == "blocked" else (),
            consequences=(CONSEQUENCE,) if state == "blocked" else (),
            who="nobody",
            todo="Check that this message is readable where you read it.",
            command="nightvigil status",
            message_id=f"test-{number}-{state}",
            sent_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        for state, (level, subject) in KINDS.items()
    ]
