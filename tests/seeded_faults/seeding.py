"""Seeds a fault into a copy of a project whose home has a sound snapshot, and observes what stops the next run."""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.project_copy import ProjectCopy
from tests.seeded_faults.faults import Edit
from tests.small_world import write_small_world

RULES_SHOWN = 3


@dataclass(frozen=True)
class Observation:
    """What stopped a run.

    by: "gate", "acceptance", "build" (an estimate refused counts that cannot be), or "" where it published or broke.
    what: the rules that failed, the tables that differ, or the refusal.
    """

    by: str
    what: str


def make_sound(folder: Path) -> ProjectCopy:
    """A copy of the project with a snapshot of the invented world live."""
    copy = ProjectCopy.make(folder)
    write_small_world(folder / "world")
    copy.deposit(folder / "world")
    copy.publish(profile="sample")
    return copy


def observe(sound: ProjectCopy, edits: tuple[Edit, ...], folder: Path) -> Observation:
    """Make the edits in another copy, run `nightvigil nightly` there on the same deliveries, and remove the copy."""
    shutil.copytree(sound.project, folder / "project", ignore=shutil.ignore_patterns("__pycache__"))
    # Deliveries, what was made of them and snapshots are never written again: they are shared, not copied.
    shutil.copytree(sound.home, folder / "data", symlinks=True, copy_function=os.link)
    copy = ProjectCopy(folder)
    for edit in edits:
        copy.replace(edit.path, edit.right, edit.wrong)
    live = (copy.home / "published" / "CURRENT").read_text()
    try:
        done = copy.run("nightly", profile="sample")
        run = max(copy.home.glob("runs/*"))
        outcome = json.loads((run / "run.json").read_text()).get("outcome")
        is_kept = (copy.home / "published" / "CURRENT").read_text() == live
        refusals = [line for line in done.stderr.splitlines() if line.startswith("ValueError: ")]
        if done.returncode == 1 and is_kept and refusals and "while building summary." in done.stderr:
            return Observation("build", refusals[-1])
        if done.returncode == 3 and is_kept:
            if outcome == "refused":
                return Observation("gate", _name_rules(copy.quality))
            if outcome == "waiting":
                return Observation("acceptance", _name_tables(json.loads((run / "code_change.json").read_text())))
        return Observation("", f"exit {done.returncode}, {outcome}: {done.stderr[-500:]}")
    finally:
        shutil.rmtree(folder)


def _name_rules(quality: dict[str, Any]) -> str:
    failed = [
        f"{each['suite']}: {each['rule']}"
        for each in quality["results"]
        if each["outcome"] in ("failed", "error") and each["severity"] == "critical"
    ]
    more = f"; and {len(failed) - RULES_SHOWN} more" if len(failed) > RULES_SHOWN else ""
    return "; ".join(failed[:RULES_SHOWN]) + more


def _name_tables(change: dict[str, Any]) -> str:
    return ", ".join(
        f"{each['table']} ({each['rows_changed'] + each['rows_new'] + each['rows_gone']} rows)"
        for each in change["by_code"]
    )
