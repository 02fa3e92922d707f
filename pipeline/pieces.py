"""A raw file of records in pieces that are typed one at a time, and the typed pieces as one file again.

DuckDB parses a whole vector of documents once for each JSON function, which takes about sixty times their size.
Tables with lines are read as streams and need no pieces.
"""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

PIECE_BYTES = 2 << 20  # of records typed at once; a longer record is a piece of its own


def read_pieces(path: Path) -> Iterator[pa.Table]:
    """The records of a raw file in runs of at most PIECE_BYTES of text; one empty run where there are none."""
    count = 0
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            rows = file.read_row_group(group)
            for begin, end in _cut(_row_bytes(rows), PIECE_BYTES):
                count += 1
                yield rows.slice(begin, end - begin)
        if not count:
            yield file.schema_arrow.empty_table()


def _row_bytes(rows: pa.Table) -> list[int]:
    """The bytes of text in each row."""
    total = [0] * rows.num_rows
    for column in rows.columns:
        if pa.types.is_string(column.type):
            lengths = pc.binary_length(column).to_pylist()
            total = [size + (length or 0) for size, length in zip(total, lengths, strict=True)]
    return total


def _cut(sizes: list[int], limit: int) -> Iterator[tuple[int, int]]:
    """Runs (begin, end) that cover all rows, each of at most `limit` bytes or of one row."""
    begin = total = 0
    for row, size in enumerate(sizes):
        if row > begin and total + size > limit:
            yield begin, row
            begin, total = row, 0
        total += size
    if sizes:
        yield begin, len(sizes)


def join_parts(parts: list[Path], target: Path) -> Path:
    """One file with the rows of all parts in their order; the part itself where there is only one."""
    if len(parts) == 1:
        return parts[0]
    with pq.ParquetWriter(target, pq.read_schema(parts[0]), compression="zstd") as writer:
        for part in parts:
            rows = pq.read_table(part)
            if rows.num_rows:
                writer.write_table(rows)
    return target
