"""Quarantine: lines and records that could not be staged, with their bytes, their position and every reason.

The files exist, empty, when nothing was quarantined: an absent file is an error.
"""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

FLUSH_BYTES = 32 << 20
LINE_SCHEMA = pa.schema(
    [
        ("member", pa.string()),
        ("table_name", pa.string()),
        ("member_sha256", pa.string()),
        ("line_number", pa.int64()),
        ("byte_offset", pa.int64()),
        ("bytes", pa.binary()),
        ("reasons", pa.list_(pa.string())),
    ]
)
RECORD_SCHEMA = pa.schema(
    [
        ("member", pa.string()),
        ("record_number", pa.int64()),
        ("sha256", pa.string()),
        ("bytes", pa.binary()),
        ("reasons", pa.list_(pa.string())),
    ]
)


class QuarantineFile:
    """Writer of rows of one schema to a Parquet file, in batches; close it even when there were no rows."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._schema = schema
        self._writer = pq.ParquetWriter(path, schema, compression="zstd")
        self._rows: list[dict[str, Any]] = []
        self._bytes = 0

    def add(self, row: dict[str, Any]) -> None:
        """Quarantine one line or record; `bytes` holds it as received (a line with its terminator)."""
        self._rows.append(row)
        self._bytes += len(row["bytes"]) + 200
        if self._bytes >= FLUSH_BYTES:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
        self._rows.clear()
        self._bytes = 0


def open_line_quarantine(folder: Path) -> QuarantineFile:
    """Open lines.parquet in the delivery's quarantine folder, for sources whose unit is a line."""
    return QuarantineFile(folder / "lines.parquet", LINE_SCHEMA)


def open_record_quarantine(folder: Path) -> QuarantineFile:
    """Open records.parquet in the delivery's quarantine folder, for sources whose unit is a record."""
    return QuarantineFile(folder / "records.parquet", RECORD_SCHEMA)
