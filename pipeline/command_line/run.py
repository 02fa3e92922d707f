"""The commands of a nightly run, whole or step by step."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.command_line.interruption import recorded_ending
from pipeline.command_line.output import Format, FormatOption, from_records, write, write_json
from pipeline.command_line.progress import print_message, progress
from pipeline.command_line.reporting import reported_ending
from pipeline.errors import (
    AcceptanceNeeded,
    DeliveryRefused,
    NightvigilError,
    NothingNew,
    SourceUnavailable,
    UsageError,
)
from pipeline.printable import shorten_name
from pipeline.settings import EngineName, Settings

RunArgument = Annotated[str | None, typer.Argument(help="The id of a run; without it, the last one that was built.")]
LEFT_OUT = ("refused", "unavailable", "still_arriving")
OUTCOME_COLUMNS = ("name", "status", "delivery_id", "message")


def nightly(form: FormatOption = Format.TABLE) -> None:
    """Land what is new, build, judge, publish and notify."""
    from pipeline import intake
    from pipeline import nightly as steps

    settings = Settings.from_environment()
    with progress() as say, reported_ending(settings, "nightly", is_night=True) as ending:
        landing = ending.landing = intake.land_all(settings, say=say)
        try:
            run_id = steps.start_run(settings, landing)
        except NothingNew as nothing:
            print_left_out(landing)
            raise explain_nothing(landing) or nothing from None
        except AcceptanceNeeded:
            print_left_out(landing)
            raise
        ending.note_run(run_id)
        with recorded_ending(settings, run_id):
            snapshot = steps.publish_run(settings, run_id, say=say)
        ending.note_published(run_id, snapshot)
    print_left_out(landing)
    if form is Format.JSON:
        write_json({"snapshot_id": snapshot, "deliveries": landing})
    else:
        write(from_records([{"snapshot_id": snapshot}], ["snapshot_id"]), form)
    print_pages(settings, snapshot)


def land(
    source: Annotated[str, typer.Argument(help="The name of a source, such as faers.")],
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Files or folders; without them, what is in the inbox and what its agency has."),
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Land deliveries of one source: the files named, or what its inbox and its agency have."""
    from pipeline import intake

    settings = Settings.from_environment()
    require_source(source)
    offers = [deposit(settings, source, path) for path in paths or []]
    with progress() as say, reported_ending(settings, f"land {source}") as ending:
        if offers:
            outcomes = intake.land_offers(settings, offers, say=say)
        else:
            outcomes = intake.land_source(settings, source, say=say)
        ending.landing = outcomes
        rows = [{**outcome, "name": outcome["offer"]["name"]} for outcome in outcomes]
        write(from_records(rows, OUTCOME_COLUMNS), form)
        if not any(outcome["status"] == "landed" for outcome in outcomes):
            raise explain_nothing(outcomes) or NothingNew(
                "nothing new was landed",
                where=f"{settings.inbox / source}",
                todo="nothing; all of it is current already",
            )


def build(
    engine: Annotated[
        EngineName | None, typer.Option(help="What makes the tables; without it, the setting NIGHTVIGIL_ENGINE.")
    ] = None,
    master: Annotated[
        str | None, typer.Option(help="The address of Spark's master, such as spark://host:7077 or local[2].")
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Fix the deliveries of a run and build a candidate from them; print the id of the run."""
    from pipeline import nightly as steps

    settings = Settings.from_environment()
    chosen = {"engine": engine, "spark_master": master}
    settings = settings.model_copy(update={name: value for name, value in chosen.items() if value is not None})
    with progress() as say, reported_ending(settings, "build") as ending:
        run_id = steps.start_run(settings)
        ending.note_run(run_id)
        with recorded_ending(settings, run_id):
            candidate = steps.build(settings, run_id, say=say)
    write(from_records([{"run_id": run_id, "candidate": candidate}], ["run_id", "candidate"]), form)


def check(run: RunArgument = None, form: FormatOption = Format.TABLE) -> None:
    """Evaluate every rule on a candidate; exit 3 when the gate is closed."""
    from pipeline import nightly as steps

    settings = Settings.from_environment()
    run_id = run or find_last_built(settings)
    with progress() as say, reported_ending(settings, "check") as ending:
        ending.note_run(run_id)
        say(f"judging {run_id}")
        with recorded_ending(settings, run_id):
            counts = steps.judge(settings, run_id)
    write(from_records([{"run_id": run_id, **counts}], ["run_id", *counts]), form)


def publish(run: RunArgument = None, form: FormatOption = Format.TABLE) -> None:
    """Publish a candidate that was judged; publishing it again changes nothing."""
    from pipeline import nightly as steps

    settings = Settings.from_environment()
    run_id = run or find_last_built(settings)
    with progress() as say, reported_ending(settings, "publish") as ending:
        ending.note_run(run_id)
        say(f"publishing {run_id}")
        with recorded_ending(settings, run_id):
            snapshot = steps.publish(settings, run_id)
        ending.note_published(run_id, snapshot)
    write(from_records([{"snapshot_id": snapshot}], ["snapshot_id"]), form)
    print_pages(settings, snapshot)


CHANGE_COLUMNS = ("table", "rows_changed", "rows_new", "rows_gone", "row", "column", "before", "after")


def accept(
    reason: Annotated[str, typer.Option(help="Why the change is right; kept with the acceptance.")] = "",
    by: Annotated[str, typer.Option(help="Who accepts it: a name or initials.")] = "",
    form: FormatOption = Format.TABLE,
) -> None:
    """Accept what new code changes in published values, and publish the candidate that waits for it.

    Shows the tables, rows and largest changes. Without --reason and --by it only shows them, and exits with 3.
    """
    from pipeline import nightly as steps

    settings = Settings.from_environment()
    waiting = steps.find_waiting(settings)
    change = waiting["code_change"]
    write(from_records(list_changes(change["by_code"]), CHANGE_COLUMNS), form)
    if not reason and not by:
        raise AcceptanceNeeded(
            f"run {waiting['run_id']} waits for acceptance since {waiting['since']}: compared on "
            f"{change['compared_on']}, its code changes {len(change['by_code'])} published tables",
            where=str(settings.runs / waiting["run_id"]),
            todo="`nightvigil accept --reason TEXT --by NAME`, or restore the earlier code",
        )
    with progress() as say:
        say(f"publishing {waiting['run_id']}")
        snapshot = steps.accept(settings, reason=reason, by=by, say=say)
    print_message(f"accepted by {by}: {reason}; snapshot {snapshot} is live")
    print_pages(settings, snapshot)


def list_changes(differences: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One line for each of the largest changes of each table that differs, and for each column that is gone."""
    lines = []
    for difference in differences:
        gone = [{"column": name, "before": "present", "after": "absent"} for name in difference["gone"]]
        for change in [*gone, *difference["largest"]] or [{}]:
            lines.append({**difference, **change})
    return lines


def require_source(source: str) -> None:
    """Raise UsageError for a source that is not known."""
    from pipeline.sources import find_source

    find_source(source)


def deposit(settings: Settings, source: str, path: Path) -> dict[str, Any]:
    """Copy a file or folder into the inbox and return its offer: landing never removes what a person named."""
    import shutil

    from pipeline.landing.arrival import look_at
    from pipeline.landing.inbox import Offer, is_finished

    if not path.exists():
        raise UsageError(f"there is no file {path}", where="PATHS", todo="name files or folders that exist")
    target = settings.inbox / source / path.resolve().name
    if not is_finished(target):
        raise UsageError(
            f"the name {target.name} says that the file is still being written",
            where=str(path),
            todo="wait until it is complete; if it is, rename it without its ending (and without a dot in front)",
        )
    if target.resolve() != path.resolve():
        if target.exists():
            raise UsageError(
                f"{target.name} is in the inbox already",
                where=str(target),
                todo=f"run `nightvigil land {source}` for it first, or rename one of the two",
            )
        draft = target.with_name(shorten_name(f".{target.name}.part"))
        draft.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(path, draft, dirs_exist_ok=True) if path.is_dir() else shutil.copyfile(path, draft)
        draft.rename(target)
    return look_at(Offer.from_inbox(source, target)).to_json()


def find_last_built(settings: Settings) -> str:
    """The latest run that has a candidate; raises UsageError where none has."""
    built = sorted(path.parent.name for path in settings.runs.glob("*/candidate.duckdb"))
    if not built:
        raise UsageError("no run has a candidate", where=str(settings.runs), todo="run `nightvigil build` first")
    return built[-1]


def print_pages(settings: Settings, snapshot: str) -> None:
    """Say where the pages of a snapshot begin, or that it has none although each should have some."""
    from pipeline import publishing

    first = publishing.find_first_page(settings, snapshot)
    if first:
        print_message(f"pages: {first}")
    elif settings.site:
        print_message("pages: none could be made; `nightvigil status` and the run's pages.log say more")


def print_left_out(outcomes: Sequence[dict[str, Any]]) -> None:
    """List what the run was offered and did not take, and what it had to repair."""
    for outcome in outcomes:
        if outcome["status"] in LEFT_OUT:
            print_message(
                f"not in this snapshot: {outcome['offer']['name']} ({outcome['status']}): {outcome['message']}"
            )
        elif outcome["status"] in ("repaired", "damaged"):
            print_message(f"{outcome['status']}: {outcome['message']}")


def explain_nothing(outcomes: Sequence[dict[str, Any]]) -> NightvigilError | None:
    """The error of a run that published nothing as a source was unavailable or a delivery was refused; or None."""
    failed = [outcome for outcome in outcomes if outcome["status"] in ("unavailable", "refused")]
    if not failed:
        return None
    kind = SourceUnavailable if failed[0]["status"] == "unavailable" else DeliveryRefused
    return kind(
        "nothing was published: " + "; ".join(f"{each['offer']['name']} was {each['status']}" for each in failed),
        where="; ".join(each["message"] for each in failed),
        todo="see the reasons; the live snapshot is unchanged",
    )
