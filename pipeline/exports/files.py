"""An extract as a file with its manifest beside it. The same extract gives the same bytes of both."""

import json
from pathlib import Path
from typing import Any

from pipeline.durable import write_durably
from pipeline.errors import UsageError
from pipeline.exports.cells import write_csv
from pipeline.exports.extract import Extract
from pipeline.exports.formats import FileFormat
from pipeline.exports.origin import hash_bytes
from pipeline.exports.parquet import write_parquet
from pipeline.exports.workbook import count_cut_texts, write_workbook

MANIFEST_VERSION = 1
MANIFEST_SUFFIX = ".manifest.json"
READING = {
    "csv": {
        "pandas": 'pandas.read_csv(path, keep_default_na=False, na_values=[""], dtype_backend="numpy_nullable")',
        "excel": "Data > From Text/CSV, codes and case numbers as Text; a double click guesses types",
        "why": "otherwise the country code NA (Namibia) becomes a missing value, and whole numbers beside empty "
        "cells become fractions",
    },
    "xlsx": {
        "pandas": 'pandas.read_excel(path, sheet_name=1, keep_default_na=False, na_values=[""], '
        'dtype_backend="numpy_nullable")',
        "excel": "open it: NA is text, numbers are numbers",
        "why": "otherwise pandas reads the country code NA (Namibia) as a missing value",
    },
    "parquet": {
        "pandas": 'pandas.read_parquet(path, dtype_backend="numpy_nullable")',
        "why": "NA is text; the values are exact, and a text that begins like a formula is not changed",
    },
}


def write_export(extract: Extract, form: FileFormat, target: Path, *, is_overwriting: bool = False) -> dict[str, Any]:
    """Write an extract and its manifest; return the manifest.

    Raises UsageError where a file is there already and may not be overwritten, or its folder is not.
    """
    beside = target.with_name(target.name + MANIFEST_SUFFIX)
    require_free((target, beside), is_overwriting=is_overwriting)
    content = render(extract, form)
    manifest = describe_export(extract, form, target.name, content)
    write_durably(target, content)
    write_durably(beside, dump_json(manifest))
    return manifest


def render(extract: Extract, form: FileFormat) -> bytes:
    """The bytes of an extract in a format."""
    if form is FileFormat.CSV:
        return write_csv(extract.column_names, extract.rows).encode()
    return write_workbook(extract) if form is FileFormat.XLSX else write_parquet(extract)


def describe_export(extract: Extract, form: FileFormat, name: str, content: bytes) -> dict[str, Any]:
    """The manifest of a file: its hash, where its rows come from, and what must be said with them."""
    is_exact = form is FileFormat.PARQUET
    return {
        "manifest_version": MANIFEST_VERSION,
        "file": {"name": name, "format": form.value, "sha256": hash_bytes(content), "bytes": len(content)},
        "is_synthetic": extract.origin.is_synthetic,
        "caveats": list(extract.caveats),
        "snapshot": extract.origin.to_json(),
        "table": extract.name,
        "table_text": extract.table_text,
        "tables_read": list(extract.tables),
        "query": extract.query,
        "where": extract.where or None,
        "row_count": len(extract.rows),
        "columns": [{"name": each.name, "type": each.type, "meaning": each.meaning} for each in extract.columns],
        "suppression": extract.suppression,
        "changed_text_count": 0 if is_exact else extract.count_changed_texts(),
        "cut_text_count": count_cut_texts(extract) if form is FileFormat.XLSX else 0,
        "notes": list(extract.notes),
        "reading": READING[form.value],
    }


def require_free(paths: tuple[Path, ...], *, is_overwriting: bool) -> None:
    """Raise UsageError where a file is there already, or its folder is not."""
    for path in paths:
        if not path.parent.is_dir():
            raise UsageError(
                "there is no such folder", where=str(path.parent), todo="make it, or choose another --to"
            )
        if path.is_dir() or (path.exists() and not is_overwriting):
            raise UsageError(
                "there is a file of this name already",
                where=str(path),
                todo="choose another --to, or add --overwrite",
            )


def dump_json(value: Any) -> bytes:
    """Plain values as JSON text, safe to show in a terminal."""
    from pipeline.printable import make_json_printable

    return (make_json_printable(json.dumps(value, indent=1, ensure_ascii=False)) + "\n").encode()
