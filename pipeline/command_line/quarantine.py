"""The command that shows what could not be staged, and why."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.command_line.output import Format, FormatOption, from_records, write
from pipeline.errors import UsageError
from pipeline.printable import encode_name
from pipeline.settings import Settings

SUMMARY = ("source", "delivery_id", "member", "unit", "reason", "count", "first_place")
PLACES = ("source", "delivery_id", "member", "place", "reasons", "content")
REFUSED = "(refused whole)"


def quarantine(
    delivery: Annotated[
        str | None,
        typer.Argument(help="The id of a delivery: every line of it, with its bytes; without it a summary."),
    ] = None,
    source: Annotated[str | None, typer.Option(help="The source; without it, every source.")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    r"""Show what is in quarantine: by delivery, file and reason how many lines or records, or each with its bytes.

    Bytes that are no printable text are shown as \x0a, and a backslash as two.
    """
    settings = Settings.from_environment()
    folders = sorted(settings.quarantine.glob(f"{source or '*'}/*-*-*"))
    folders = [folder for folder in folders if folder.is_dir() and not folder.name.startswith(".")]
    if delivery is None:
        rows = [row for folder in folders for row in _summarise(folder)]
        rows += [
            row
            for note in sorted(settings.quarantine.glob(f"{source or '*'}/refused/*/refusal.json"))
            for row in [_describe_refusal(note)]
        ]
        write(from_records(rows, SUMMARY), form)
        return
    chosen = [folder for folder in folders if folder.name == delivery]
    if not chosen:
        raise UsageError(
            f"there is no delivery {delivery} in quarantine",
            where=str(settings.quarantine),
            todo="`nightvigil quarantine` lists those that hold something",
        )
    write(from_records([_describe_place(*each) for each in _read(chosen[0])], PLACES), form)


def _summarise(folder: Path) -> Iterator[dict[str, Any]]:
    counts: Counter[tuple[str, str, str]] = Counter()
    first: dict[tuple[str, str, str], str] = {}
    for unit, row in _read(folder):
        for reason in row["reasons"]:
            key = (row["member"], unit, reason)
            counts[key] += 1
            first.setdefault(key, f"{unit} {row[f'{unit}_number']}")
    for key, count in sorted(counts.items()):
        member, unit, reason = key
        yield {
            "source": folder.parent.name,
            "delivery_id": folder.name,
            "member": member,
            "unit": unit,
            "reason": reason,
            "count": count,
            "first_place": first[key],
        }


def _describe_refusal(note: Path) -> dict[str, Any]:
    """A delivery that was refused whole: what it was and why."""
    try:
        refusal = json.loads(note.read_bytes())
    except ValueError:
        refusal = {"what": "its refusal.json is torn", "origin": None}
    return {
        "source": note.parents[2].name,
        "delivery_id": REFUSED,
        "member": refusal.get("origin") or note.parent.name,
        "unit": "delivery",
        "reason": refusal["what"],
        "count": 1,
        "first_place": refusal.get("where"),
    }


def _describe_place(unit: str, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "source": row["source"],
        "delivery_id": row["delivery_id"],
        "member": row["member"],
        "place": f"{unit} {row[f'{unit}_number']}",
        "reasons": "; ".join(row["reasons"]),
        "content": encode_name(row["bytes"].decode("utf-8", "surrogateescape")),
    }


def _read(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The quarantined lines or records of a delivery, in their order, each with its unit."""
    import pyarrow.parquet as pq

    for unit in ("line", "record"):
        path = folder / f"{unit}s.parquet"
        if path.is_file():
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches():
                    for row in batch.to_pylist():
                        yield unit, row | {"source": folder.parent.name, "delivery_id": folder.name}
