"""Raw tables: regular text to Parquet, every column as text, in the order of the member's lines.

A CSV reader without quoting reads each block; it must find as many records as the splitter counted, or the delivery
fails. Reading and writing run in a thread of their own while the next block is being split.
"""

import io
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from pipeline.errors import NightvigilError
from pipeline.landing.layout import DELIMITER, Layout, TableShape

WAITING_BLOCKS = 1


class RawTable:
    """Writer of raw/<source>/<delivery>/<table>.parquet; without records it is an empty file with its columns.

    Only a table of one member has columns besides those of its shape, so the first layout is that of the file.
    """

    def __init__(self, folder: Path, shape: TableShape, thread: ThreadPoolExecutor) -> None:
        self._path, self._columns = folder / f"{shape.name}.parquet", shape.columns
        self._writer: pq.ParquetWriter | None = None
        self._thread = thread
        self._waiting: deque[Future[None]] = deque()

    def add(self, text: bytes, count: int, layout: Layout, member: str) -> None:
        """Append records; an error of the writing thread is raised by a later `add` or by `close`."""
        self._columns = layout.raw_columns
        if not count and not text:
            return
        while len(self._waiting) > WAITING_BLOCKS:
            self._waiting.popleft().result()
        self._waiting.append(self._thread.submit(self._write, text, count, layout, member))

    def close(self) -> None:
        try:
            while self._waiting:
                self._waiting.popleft().result()
        finally:
            self._open().close()

    def _write(self, text: bytes, count: int, layout: Layout, member: str) -> None:
        self._open().write_table(to_arrow(text, count, layout, member))

    def _open(self) -> pq.ParquetWriter:
        if self._writer is None:
            schema = pa.schema([(column, pa.string()) for column in self._columns])
            self._writer = pq.ParquetWriter(self._path, schema, compression="zstd")
        return self._writer


def to_arrow(text: bytes, count: int, layout: Layout, member: str) -> pa.Table:
    """Read regular text as a table with every raw column of the layout, null where the member lacks it.

    Raises NightvigilError when the reader finds another number of records than the splitter did.
    """
    names = list(layout.columns)
    phantoms = [f"phantom {number}" for number in range(layout.phantom_count)]
    table = pc.read_csv(
        io.BytesIO(text),
        read_options=pc.ReadOptions(column_names=names + phantoms, block_size=len(text) + 1),
        parse_options=pc.ParseOptions(
            delimiter=DELIMITER, quote_char=False, escape_char=False, ignore_empty_lines=False
        ),
        convert_options=pc.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
    )
    if table.num_rows != count:
        raise NightvigilError(
            f"the CSV reader found {table.num_rows} rows where the splitter counted {count} records",
            where=f"member {member}, table {layout.shape.name}",
            todo="keep the file and report it as a defect of Nightvigil: the two must agree; nothing was staged",
        )
    absent = pa.nulls(count, pa.string())
    columns = [table[name] if name in layout.columns else absent for name in layout.raw_columns]
    return pa.Table.from_arrays(columns, names=list(layout.raw_columns))
