"""Is the installation sound? One line a check: what was found and, where something is wrong, what to do."""

import platform
import shutil
import tempfile
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pipeline import publishing, typed
from pipeline.compaction import find_altered_groups
from pipeline.errors import NightvigilError, PublicationFailed, UsageError
from pipeline.landing.hashes import find_altered, read_hashes
from pipeline.landing.landed import find_landed_damage, restore_advice
from pipeline.landing.receipts import find_raw_folders, read_receipt, read_receipts
from pipeline.landing.repair import can_restore_receipt
from pipeline.meddra import compare_reactions
from pipeline.publishing.current import read_link
from pipeline.settings import Settings
from pipeline.sources import load_sources

PACKAGES = ("duckdb", "great-expectations", "apache-airflow", "pyarrow")
SCARCE_BYTES = 2 << 30
RESTORE = "restore these files from a backup"


@dataclass(frozen=True)
class Check:
    """outcome: ok, warning (look at it) or wrong (do something)."""

    check: str
    outcome: str
    seen: str
    todo: str = ""


def examine(settings: Settings) -> list[dict[str, Any]]:
    """Every check, as plain values."""
    checks = [
        *check_settings(settings),
        check_space(settings),
        check_live(settings),
        check_hold(settings),
        *check_snapshots(settings),
        *check_deliveries(settings),
        check_groups(settings),
        check_inputs(settings),
        *check_leftovers(settings),
        *check_versions(),
        *check_reactions(settings),
    ]
    return [asdict(check) for check in checks]


def check_settings(settings: Settings) -> list[Check]:
    """Do the folders that the settings name exist, and can a run write to its home?"""
    checks = [check_home(settings)]
    for name in ("sql_dir", "expectations_dir"):
        folder = getattr(settings, name)
        outcome = "ok" if folder.is_dir() else "wrong"
        checks.append(
            Check(name, outcome, str(folder), "" if outcome == "ok" else "point it at the project's folder")
        )
    return checks


def check_home(settings: Settings) -> Check:
    """A run writes below its home; only an attempt shows whether it can."""
    home = settings.home.absolute()
    if not home.exists():
        return Check(
            "home", "warning", f"{home} does not exist", "set NIGHTVIGIL_HOME, or let the first run create it"
        )
    try:
        with tempfile.TemporaryFile(dir=home):
            return Check("home", "ok", str(home))
    except OSError as error:
        return Check("home", "wrong", f"{home}: {error.strerror}", "make it a folder that this user may write to")


def check_space(settings: Settings) -> Check:
    """Is there room for another run?"""
    place = settings.home if settings.home.is_dir() else settings.home.absolute().parent
    free = shutil.disk_usage(place if place.is_dir() else "/").free
    if free < SCARCE_BYTES:
        return Check("free space", "warning", f"{free:,} bytes", "free some, or lower NIGHTVIGIL_RETENTION")
    return Check("free space", "ok", f"{free:,} bytes")


def check_live(settings: Settings) -> Check:
    """Do CURRENT and the link for people name the same snapshot, and does it exist?"""
    try:
        live = publishing.current_snapshot(settings)
    except PublicationFailed as error:
        return Check("live snapshot", "wrong", error.what, error.todo)
    if live is None:
        return Check("live snapshot", "warning", "none yet", "run `nightvigil nightly`")
    linked = read_link(settings)
    if linked != live:
        seen = f"CURRENT names {live}, the link {linked or 'is missing'}"
        return Check("live snapshot", "warning", seen, "CURRENT is right; the next publication repairs the link")
    return Check("live snapshot", "ok", live)


def check_hold(settings: Settings) -> Check:
    """Is publication held after a rollback?"""
    hold = publishing.read_hold(settings)
    if hold is None:
        return Check("hold", "ok", "none")
    return Check(
        "hold", "warning", f"since {hold['since']}: {hold['reason'] or 'no reason given'}", "`nightvigil release`"
    )


def check_snapshots(settings: Settings) -> list[Check]:
    """Is every kept snapshot as it was published? Reads all their files; of the live one, every row too."""
    checks = []
    try:
        live = publishing.current_snapshot(settings)
    except PublicationFailed:
        live = None
    for snapshot in publishing.snapshot_ids(settings):
        problems = publishing.verify(settings, snapshot, deep=snapshot == live)
        todo = "roll back to a sound snapshot, then find out what changed the files" if problems else ""
        seen = "; ".join(problems) or ("as published, every row read" if snapshot == live else "as published")
        checks.append(Check(f"snapshot {snapshot}", "wrong" if problems else "ok", seen, todo))
    return checks


def check_deliveries(settings: Settings) -> list[Check]:
    """Is every receipt, landed, raw and typed file of every delivery as it was recorded? Reads all of them."""
    checks = []
    for folder in find_raw_folders(settings):
        problems = find_folder_problems(settings, folder)
        outcome = "wrong" if any(problem.is_lasting for problem in problems) else "warning" if problems else "ok"
        seen = "; ".join(problem.seen for problem in problems) or "receipt, landed, raw and typed files as recorded"
        todo = "; ".join(dict.fromkeys(problem.todo for problem in problems))
        checks.append(Check(f"delivery {folder.parent.name}/{folder.name}", outcome, seen, todo))
    return checks


def check_groups(settings: Settings) -> Check:
    """Are the typed rows that were joined from several small deliveries as they were recorded?"""
    name = "joined typed files"
    altered = [path for source in load_sources() for path in find_altered_groups(settings, source.name)]
    if altered:
        seen = f"altered: {', '.join(map(str, altered))}"
        return Check(name, "warning", seen, "nothing: the next run joins them again")
    return Check(name, "ok", "as recorded")


@dataclass(frozen=True)
class Damage:
    """Something of a delivery that is not as recorded. is_lasting: no run can rebuild it."""

    seen: str
    todo: str
    is_lasting: bool


def find_folder_problems(settings: Settings, folder: Path) -> list[Damage]:
    """What is altered or missing of the delivery whose raw files are in this folder."""
    try:
        receipt = read_receipt(folder)
    except NightvigilError as error:
        is_lasting = not can_restore_receipt(folder)
        todo = error.todo if is_lasting else "nothing: the next run restores it from the copy kept with its hashes"
        return [Damage(f"{error.what} ({error.where})", todo, is_lasting)]
    landed = find_landed_damage(settings, receipt)
    found = [Damage(problem, restore_advice(receipt), is_lasting=True) for problem in landed]
    if not (folder.parent / receipt.raw_in).is_dir():
        found.append(Damage(f"its raw files were in {receipt.raw_in}, which is missing", RESTORE, is_lasting=True))
    recorded = read_hashes(folder)
    if recorded is None:
        found.append(Damage("its hashes were not recorded yet", "nothing: the next run records them", False))
    elif altered := find_altered(folder, recorded.files):
        todo = RESTORE if landed else "nothing: they are rebuilt before they are read again"
        found.append(Damage(f"altered or missing in {folder}: {', '.join(altered)}", todo, bool(landed)))
    if altered_typed := typed.find_altered_typed(settings, receipt):
        names = ", ".join(str(path) for path in altered_typed)
        found.append(Damage(f"typed files altered: {names}", "nothing: the next run makes them again", False))
    return found


def check_inputs(settings: Settings) -> Check:
    """Is everything still here that the live snapshot was made from?"""
    name = "inputs of the live snapshot"
    try:
        live = publishing.current_snapshot(settings)
        publishing.require_deliveries(settings, live, read_receipts(settings))
    except NightvigilError as error:
        return Check(name, "wrong", f"{error.what} ({error.where})", error.todo)
    return Check(name, "ok", "all received" if live else "no snapshot yet")


def check_leftovers(settings: Settings) -> list[Check]:
    """What interrupted processes left behind. The next publication removes it."""
    found = [path.name for path in (settings.published / "snapshots").glob(".*")]
    found += [str(path.relative_to(settings.home)) for path in settings.runs.glob("*/candidate.duckdb*")]
    if not found:
        return [Check("leftovers", "ok", "none")]
    return [Check("leftovers", "warning", ", ".join(sorted(found)), "nothing: they are removed in time")]


def check_versions() -> list[Check]:
    """The versions that a run depends on."""
    checks = [Check("python", "ok", platform.python_version())]
    for package in PACKAGES:
        try:
            checks.append(Check(package, "ok", version(package)))
        except PackageNotFoundError:
            checks.append(Check(package, "wrong", "not installed", "run `make setup`"))
    return checks


def check_reactions(settings: Settings) -> list[Check]:
    """Do the reaction groups agree with MedDRA? Only where a person has a licensed copy."""
    if settings.meddra_dir is None:
        return []
    try:
        found = compare_reactions(settings.sql_dir, settings.meddra_dir)
    except UsageError as error:
        return [Check("MedDRA", "wrong", f"{error.what}: {error.where}", error.todo)]
    checks = [Check("MedDRA", "ok", f"{len(found.preferred)} terms of the reaction groups are preferred terms")]
    if found.lowest_level:
        seen = "; ".join(f"{term} is below {preferred}" for term, preferred in found.lowest_level.items())
        checks.append(Check("MedDRA", "warning", seen, "use the preferred term in sql/codes/shared/reaction.csv"))
    if found.unknown:
        seen = f"not in this version: {', '.join(found.unknown)}"
        checks.append(Check("MedDRA", "warning", seen, "look for a renamed term; keep the old one for old quarters"))
    if found.neighbours:
        seen = f"beside a narrow term and in no group: {', '.join(found.neighbours)}"
        checks.append(Check("MedDRA", "ok", seen, "decide for each whether a group should hold it"))
    return checks
