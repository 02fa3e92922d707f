"""A person may let a failure of kind drift, volume or plausibility pass, for a reason and until a day.

Never an error, and no rule of structure or arithmetic.

An override is bound to the failing value and to the set of current deliveries of the run it was recorded for: a worse
value, other deliveries or a day after `expires` block again. Records are files of `home/overrides`, which are added
and never changed: one for each override, and one for each that a person ended. They are read on every run.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline.durable import write_durably
from pipeline.errors import NightvigilError, UsageError
from pipeline.quality.verdict import RuleResult, Verdict, with_override
from pipeline.settings import Settings

OVERRIDABLE_KINDS = ("drift", "volume", "plausibility")
LONGEST_DAYS = 30
SIGNED = ("override_id", "reason", "by", "expires", "recorded_at")
PLACEHOLDERS = ("reason", "role", "by", "text", "why", "...")


@dataclass(frozen=True)
class Override:
    """A failure that a person accepts. expires: the last day on which it holds, ISO date. by: a role.

    deliveries: of the run (`Verdict.deliveries`). failed_count, distance, rows: the failing value, as the verdict
    of that run has it. ended: by whom and why it was ended, empty where nobody did.
    """

    override_id: str
    suite: str
    rule: str
    reason: str
    by: str
    expires: str
    recorded_at: str
    run_id: str
    deliveries: str
    failed_count: int | None = None
    distance: float | None = None
    rows: str = ""
    ended: str = ""

    @property
    def name(self) -> str:
        """The rule as a command names it: `suite.rule`."""
        return f"{self.suite}.{self.rule}"

    def find_lapse(self, result: RuleResult, deliveries: str, today: date) -> str:
        """Why it does not let this failure pass; empty where it does."""
        if self.ended:
            return self.ended
        if date.fromisoformat(self.expires) < today:
            return f"it expired on {self.expires}"
        if self.deliveries != deliveries:
            return "the deliveries are others"
        if _is_worse(self.failed_count, result.failed_count) or _is_worse(self.distance, result.distance):
            return "the value is worse"
        # The rows that break a rule of single rows are its number; the rows of any other query may be one aggregate.
        is_number = self.distance is not None or result.checked_count is not None
        is_less = (result.failed_count or 0) < (self.failed_count or 0)
        return "" if is_number or is_less or self.rows == hash_rows(result) else "the value is another"


def is_overridable(result: RuleResult) -> bool:
    """Whether a person may let this failure pass: never an error, nor a rule of structure or arithmetic."""
    return result.outcome == "failed" and result.kind in OVERRIDABLE_KINDS


def hash_rows(result: RuleResult) -> str:
    """sha256 of what was observed, for failures whose values cannot be compared as numbers."""
    rows = [{name: _round(value) for name, value in row.items()} for row in result.rows]
    text = json.dumps([result.observed, *rows], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def hash_deliveries(delivery_ids: Iterable[str]) -> str:
    """sha256 of a set of deliveries, in whatever order."""
    return hashlib.sha256("\n".join(sorted(delivery_ids)).encode()).hexdigest()


def apply_overrides(
    results: list[RuleResult], overrides: list[Override], deliveries: str, today: date
) -> list[RuleResult]:
    """The results, each overridable failure with the override that holds, or the latest that no longer does."""
    return [_apply(result, overrides, deliveries, today) for result in results]


def _apply(result: RuleResult, overrides: list[Override], deliveries: str, today: date) -> RuleResult:
    if not is_overridable(result):
        return result
    named = [override for override in reversed(overrides) if override.name == result.name]
    if not named:
        return result
    lapses = [override.find_lapse(result, deliveries, today) for override in named]
    place = lapses.index("") if "" in lapses else 0
    signed = {name: getattr(named[place], name) for name in SIGNED}
    return with_override(result, signed, lapses[place])


def _round(value: str | None) -> str | None:
    """A number to six digits: a sum of doubles differs in its last digits with the order in which it is added."""
    try:
        return value if value is None else f"{float(value):.6g}"
    except ValueError:
        return value


def _is_worse(accepted: float | None, found: float | None) -> bool:
    """Whether a number is above the accepted one, or can no longer be compared with it."""
    if accepted is None or found is None:
        return accepted is not found
    return found > accepted + 1e-9 * abs(accepted)


def record_overrides(
    settings: Settings, run_id: str, verdict: Verdict, names: list[str], *, reason: str, by: str, expires: str
) -> list[Override]:
    """Record that a person lets failures of a judged run pass: those named, or without a name all that may be.

    Raises UsageError where a rule did not fail there or may not be overridden, a text is blank or the day is not
    within 30 days; nothing is recorded then.
    """
    reason, by = _require_text("--reason", reason), _require_text("--by", by)
    _require_day(expires)
    if not verdict.deliveries:
        raise _refuse(
            f"run {run_id} does not say which deliveries were judged",
            run_id,
            f"judge it again: `nightvigil check {run_id}`",
        )
    chosen = [_find_failure(verdict, name, run_id) for name in names] or _list_overridable(verdict, run_id)
    moment = datetime.now(UTC)
    made = [
        Override(
            override_id=f"{moment:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}",
            suite=result.suite,
            rule=result.rule,
            reason=reason,
            by=by,
            expires=expires,
            recorded_at=moment.isoformat(timespec="seconds"),
            run_id=run_id,
            deliveries=verdict.deliveries,
            failed_count=result.failed_count,
            distance=result.distance,
            rows=hash_rows(result),
        )
        for result in {result.name: result for result in chosen}.values()
    ]
    for override in made:
        _write(settings, override.override_id, asdict(override))
    return made


def end_overrides(settings: Settings, names: list[str], *, reason: str, by: str) -> list[Override]:
    """Record that overrides hold no longer: those of the rules or ids named. Raises UsageError where none is."""
    reason, by = _require_text("--reason", reason), _require_text("--by", by)
    active = [override for override in read_overrides(settings.overrides) if not override.ended]
    ended: dict[str, Override] = {}
    for name in names:
        found = [override for override in active if name in (override.override_id, override.name)]
        if not found:
            raise _refuse(f"no override of {name}", str(settings.overrides), "see `nightvigil override list`")
        ended |= {override.override_id: override for override in found}
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    for override_id in ended:
        record = {"ends": override_id, "reason": reason, "by": by, "recorded_at": moment}
        _write(settings, f"{override_id}.end", record)
    return [replace(override, ended=_say_ended(by, reason)) for override in ended.values()]


def read_overrides(folder: Path | None) -> list[Override]:
    """Every override that was recorded, oldest first; raises NightvigilError on a record that cannot be read."""
    records = [_read(path) for path in sorted(folder.glob("[!.]*.json"))] if folder else []
    ends = {record["ends"]: _say_ended(record["by"], record["reason"]) for record in records if "ends" in record}
    return [_restore(record, ends) for record in records if "ends" not in record]


def _say_ended(by: str, reason: str) -> str:
    return f"ended by {by}: {reason}"


def _restore(record: dict[str, Any], ends: Mapping[str, str]) -> Override:
    try:
        override = Override(**{**record, "ended": ends.get(record["override_id"], "")})
        date.fromisoformat(override.expires)
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable(str(record.get("override_id")), str(error)) from error
    return override


def _write(settings: Settings, name: str, record: dict[str, Any]) -> None:
    settings.overrides.mkdir(parents=True, exist_ok=True)
    text = json.dumps(record, indent=1, sort_keys=True)
    write_durably(settings.overrides / f"{name}.json", f"{text}\n".encode())


def _read(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise _unreadable(path.name, str(error)) from error
    if not isinstance(record, dict):
        raise _unreadable(path.name, "it is not an object")
    if "ends" in record and not {"by", "reason"} <= set(record):
        raise _unreadable(path.name, "it does not say who ended the override, and why")
    return record


def _find_failure(verdict: Verdict, name: str, run_id: str) -> RuleResult:
    found = next((result for result in verdict.results if result.name == name), None)
    if found is None or found.outcome in ("passed", "not_applicable"):
        problem = "there is no such rule" if found is None else "it did not fail"
        raise _refuse(
            f"{name} cannot be overridden: {problem} in run {run_id}",
            name,
            f"copy SUITE.RULE from `nightvigil quality {run_id}`, in quotation marks",
        )
    if not is_overridable(found):
        is_error = found.outcome == "error"
        problem = "it could not be evaluated" if is_error else f"it is of kind {found.kind}"
        raise _refuse(
            f"{name} cannot be overridden: {problem}; only failures of kind drift, volume or plausibility can",
            name,
            f"remove the cause; `nightvigil quality {run_id}` shows it",
        )
    return found


def _list_overridable(verdict: Verdict, run_id: str) -> list[RuleResult]:
    found = [result for result in verdict.blocking if is_overridable(result)]
    if not found:
        raise _refuse(
            f"no rule that shuts the gate in run {run_id} can be overridden",
            run_id,
            f"remove the cause; `nightvigil quality {run_id}` shows it",
        )
    return found


def _require_text(option: str, text: str) -> str:
    if not text.strip() or text.strip().lower() in PLACEHOLDERS:
        raise _refuse(
            f"{option} is blank or a placeholder",
            option,
            "state why the failure is right, and the role of who accepts it",
        )
    return text.strip()


def _require_day(expires: str) -> None:
    today = datetime.now(UTC).date()
    try:
        day = date.fromisoformat(expires)
    except ValueError:
        day = None
    if day is None or not today <= day <= today + timedelta(days=LONGEST_DAYS):
        raise _refuse(
            f"--expires cannot be {expires!r}",
            "--expires",
            f"name the last day, as YYYY-MM-DD, from {today} to {today + timedelta(days=LONGEST_DAYS)} (UTC)",
        )


def _refuse(problem: str, where: str, todo: str) -> UsageError:
    return UsageError(problem, where=where, todo=todo)


def _unreadable(name: str, problem: str) -> NightvigilError:
    return NightvigilError(
        f"a record of an override cannot be read: {problem}",
        where=f"overrides/{name}",
        todo="restore the file from a backup, or move it out of the folder; the gate stays shut until then",
    )
