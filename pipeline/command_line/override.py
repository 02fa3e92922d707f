"""The command by which a person lets a failure pass, for a reason and until a day."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.command_line.output import Format, FormatOption, from_records, write
from pipeline.command_line.progress import print_message
from pipeline.errors import UsageError
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.quality.overrides import Override

COLUMNS = ("override_id", "suite.rule", "by", "reason", "expires", "state", "run_id")
LIST, END = "list", "end"


def override(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SUITE.RULE]... | list | end SUITE.RULE...",
            help="Rules as `nightvigil quality` shows them, each in quotation marks; or `list`; or `end` and rules.",
        ),
    ] = None,
    *,
    reason: Annotated[
        str, typer.Option(help="Why the failure is right; shown in every message and in the manifest.")
    ] = "",
    by: Annotated[str, typer.Option(help="The role of who takes responsibility.")] = "",
    expires: Annotated[
        str, typer.Option(help="The last day it holds, YYYY-MM-DD (UTC); at most 30 days from now.")
    ] = "",
    run: Annotated[
        str | None,
        typer.Option(help="The run whose failures are meant; without rules, all of it that may be overridden."),
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Let failures of kind drift, volume or plausibility pass: this value, of these deliveries, until a day."""
    from pipeline.quality.overrides import end_overrides, read_overrides

    settings = Settings.from_environment()
    names = what or []
    if names == [LIST]:
        shown = read_overrides(settings.overrides)
    elif names[:1] == [END] and names[1:]:
        shown = end_overrides(settings, names[1:], reason=reason, by=by)
        print_message(f"{len(shown)} ended; from the next run on they block again")
    elif names == [END] or (not names and run is None):
        raise UsageError(
            "no rule is named",
            where="override",
            todo="name rules as SUITE.RULE, or a run with --run; `nightvigil override list` shows what there is",
        )
    else:
        shown = record(settings, run, names, reason=reason, by=by, expires=expires)
    write(from_records([describe(each) for each in shown], COLUMNS), form)


def record(
    settings: Settings, run: str | None, names: list[str], *, reason: str, by: str, expires: str
) -> "list[Override]":
    """Record overrides of a judged run, without one of the last, and say which rules still shut its gate."""
    from pipeline.command_line.quality import find_last_judged, require_judged
    from pipeline.quality.overrides import record_overrides
    from pipeline.quality.verdict import read_verdict

    run_id = run or find_last_judged(settings)
    verdict = read_verdict(require_judged(settings, run_id))
    made = record_overrides(settings, run_id, verdict, names, reason=reason, by=by, expires=expires)
    print_message(f"{len(made)} recorded; the next run, `nightvigil nightly`, judges again")
    covered = {override.name for override in made}
    if left := [result.name for result in verdict.blocking if result.name not in covered]:
        print_message("these still shut the gate: " + "; ".join(left))
    return made


def describe(override: "Override") -> dict[str, Any]:
    """An override as a row: holds (for its value and deliveries), expired or ended."""
    is_expired = override.expires < str(datetime.now(UTC).date())
    return {
        "override_id": override.override_id,
        "suite.rule": override.name,
        "by": override.by,
        "reason": override.reason,
        "expires": override.expires,
        "state": override.ended or ("expired" if is_expired else "holds"),
        "run_id": override.run_id,
    }
