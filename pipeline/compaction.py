"""Many small deliveries of one source read as few files: their typed rows joined, GROUP_SIZE deliveries a group.

A registry that delivers every night leaves thousands of typed files of a few rows, and a build would spend its time
opening them. A group is a cache, as the files are that it is made of: where it is missing, altered or made of others
it is made again, and without it a build only takes longer. What was received is never joined.

Groups follow the order in which deliveries were received, replaced ones included, so that neither a new delivery nor
a re-issue moves a delivery from one group to another. The last group is read file by file until it is full.
"""

import hashlib
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from pipeline import pieces, typed
from pipeline.errors import IntermediateDamaged
from pipeline.landing import store
from pipeline.landing.receipts import Receipt, current_receipts
from pipeline.landing.repair import NO_ACTION, Report, log_repair
from pipeline.settings import Settings
from pipeline.sources import load_sources

GROUP_SIZE = 32
GROUPS = "groups"  # their folder, beside those of the deliveries
SMALL_BYTES = 4 << 20  # as received; to join larger deliveries copies much and saves little


def open_deliveries(
    settings: Settings, source: str, receipts: Sequence[Receipt], report: Report = log_repair
) -> list[dict[str, Path]]:
    """The typed Parquet of the current deliveries of a source, verified: by model, of a group or of one delivery.

    receipts: all of the source, in the order received. report: called with each damaged file that was made again.
    Raises as `typed.open_delivery` does.
    """
    names = typed.Names(settings, source)
    groups = list_groups(receipts)
    grouped = {receipt.delivery_id for group in groups for receipt in group}
    single = [receipt for receipt in current_receipts(receipts) if receipt.delivery_id not in grouped]
    return [open_group(settings, group, names, report) for group in groups] + [
        typed.open_delivery(settings, receipt, report, names) for receipt in single
    ]


def list_groups(receipts: Sequence[Receipt]) -> list[list[Receipt]]:
    """The current deliveries of each full group, where two or more are current.

    receipts: all of a source, in the order received.
    """
    current = {receipt.delivery_id for receipt in current_receipts(receipts)}
    small = [receipt for receipt in receipts if sum(file.bytes for file in receipt.files) <= SMALL_BYTES]
    whole = len(small) - len(small) % GROUP_SIZE
    groups = [small[begin : begin + GROUP_SIZE] for begin in range(0, whole, GROUP_SIZE)]
    kept = [[receipt for receipt in group if receipt.delivery_id in current] for group in groups]
    return [members for members in kept if len(members) > 1]


def find_altered_groups(settings: Settings, source: str) -> list[Path]:
    """The files of joined typed rows that do not have their recorded sha256; they are made again before they are
    read."""
    paths = sorted((settings.cache / "typed" / source / GROUPS).glob("*.parquet"))
    return [path for path in paths if typed.is_altered(path)]


def remove_superseded(settings: Settings, receipts: Sequence[Receipt]) -> list[Path]:
    """Remove typed files that belong to no delivery, or to none under the SQL and code lists installed now; return
    them.

    receipts: all that there are. Every edit of a model gives its files new names, so that a home would keep a copy of
    its history for each. Files younger than `retention_hours` stay: another process may be making or reading them.
    """
    kept: set[Path] = set()
    for source in load_sources():
        names = typed.Names(settings, source.name)
        of_source = [receipt for receipt in receipts if receipt.source == source.name]
        for receipt in of_source:
            kept.update(names.find(receipt).values())
        for group in list_groups(of_source):
            kept.update(_name_group(settings, group, names).values())
    oldest = time.time() - settings.retention_hours * 3600
    superseded = [
        path
        for path in sorted((settings.cache / "typed").glob("*/*/*.parquet"))
        if path not in kept and not path.name.startswith(".") and path.stat().st_mtime < oldest
    ]
    for path in superseded:
        path.unlink(missing_ok=True)
        typed.hash_path(path).unlink(missing_ok=True)
    return superseded


def open_group(settings: Settings, members: Sequence[Receipt], names: typed.Names, report: Report) -> dict[str, Path]:
    """The joined typed Parquet of these deliveries by model name, made where it is missing or altered."""
    wanted = _name_group(settings, members, names)
    altered = [path for path in wanted.values() if not typed.is_as_recorded(path)]
    if altered:
        _report_damaged(altered, report)
        for receipt in members:
            typed.open_delivery(settings, receipt, report, names)
        wanted = _name_group(settings, members, names)  # a member may have been made now, or again
        _join_group(settings, members, names, wanted)
    return wanted


def _read_record(path: Path) -> bytes | None:
    """The recorded sha256 of a typed file; None where there is none."""
    try:
        return typed.hash_path(path).read_bytes()
    except FileNotFoundError:
        return None


def _name_group(settings: Settings, members: Sequence[Receipt], names: typed.Names) -> dict[str, Path]:
    """The files of a group by model name, named by the recorded sha256 of what they are made of.

    Where a record is missing the name is that of no file: groups are joined of recorded files only.
    """
    folder = settings.cache / "typed" / members[0].source / GROUPS
    wanted = {}
    for model in names.models:
        digest = hashlib.sha256()
        for receipt in members:
            digest.update(_read_record(names.find(receipt)[model]) or b"")
        wanted[model.name] = folder / f"{model.name}-{digest.hexdigest()[:16]}.parquet"
    return wanted


def _report_damaged(altered: Sequence[Path], report: Report) -> None:
    if damaged := [path for path in altered if typed.is_altered(path)]:
        listed = ", ".join(path.name for path in damaged)
        fact = f"files of typed rows joined from several deliveries were altered: {listed}; joined again"
        report(IntermediateDamaged(fact, where=str(damaged[0].parent), todo=NO_ACTION))


def _join_group(settings: Settings, members: Sequence[Receipt], names: typed.Names, wanted: dict[str, Path]) -> None:
    """Join the typed files of these deliveries, model by model; one process at a time for a source."""
    folder = next(iter(wanted.values())).parent
    folder.mkdir(parents=True, exist_ok=True)
    with (
        store.lock(folder / ".lock"),
        tempfile.TemporaryDirectory(prefix=".joining-", dir=folder) as scratch,
    ):
        for model in names.models:
            target = wanted[model.name]
            if not typed.is_as_recorded(target):
                draft = Path(scratch) / target.name
                pieces.join_parts([names.find(receipt)[model] for receipt in members], draft)
                typed.settle(draft, target)
