"""An extract as Parquet: the values as they are, with the origin and the caveats in the metadata of the file."""

import io
import json

from pipeline.exports.arrow import build_arrays
from pipeline.exports.extract import Extract

PREFIX = "nightvigil."


def write_parquet(extract: Extract) -> bytes:
    """The bytes of the file. Its key-value metadata name snapshot, caveats, query and whether data are invented; each
    column's own metadata say what it means."""
    import pyarrow
    import pyarrow.parquet

    arrays = build_arrays(extract.columns, extract.rows)
    fields = [
        pyarrow.field(column.name, array.type, metadata={"meaning": column.meaning} if column.meaning else None)
        for column, array in zip(extract.columns, arrays, strict=True)
    ]
    said = {
        "snapshot_id": extract.origin.snapshot_id,
        "caveat": " ".join(extract.caveats),
        "is_synthetic": json.dumps(extract.origin.is_synthetic),
        "data_lock": extract.origin.data_lock_text,
        "query": extract.query,
        "where": extract.where,
        "suppression": json.dumps(extract.suppression, sort_keys=True),
        "code": extract.origin.code_commit,
        "exporter": extract.origin.exporter,
    }
    schema = pyarrow.schema(fields, metadata={f"{PREFIX}{name}": text for name, text in said.items()})
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_arrays(arrays, schema=schema), buffer, compression="zstd")
    return buffer.getvalue()
