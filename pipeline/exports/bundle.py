"""Everything needed to write up one question and to check it: one zip, whose bytes depend on the snapshot alone."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from pipeline import resources
from pipeline.exports import cells
from pipeline.exports.archive import pack
from pipeline.exports.asking import Query, Question, list_queries
from pipeline.exports.caveats import list_caveats
from pipeline.exports.cells import strip_controls, write_csv
from pipeline.exports.checklist import COLUMNS, fill_checklist
from pipeline.exports.files import READING, dump_json
from pipeline.exports.methods import gather_facts, write_methods
from pipeline.exports.origin import Origin, hash_bytes

MANIFEST_VERSION = 1
SCRIPT = Path(__file__).with_name("reproduce.py")
_OWN_IMPORT = "from pipeline.exports.cells import strip_controls, write_csv\n"

README = """Nightvigil bundle: {name}

{caveats}

Snapshot {snapshot_id}. Data lock: {data_lock}.

tables/            the tables of the question as CSV; tables/columns.csv says what each column means
METHODS.md         how the numbers come about
READUS-PV.csv      the checklist of READUS-PV: answered, assigned to the author, or missing
CITATION.cff       how to cite the software; cite the snapshot by its id
reproduce.py       python reproduce.py SNAPSHOT: the same numbers from the snapshot; needs DuckDB alone
manifest.json      hashes of all files, query and rows of each table, origin
SHA256SUMS         sha256sum -c SHA256SUMS

Reading the CSV in pandas: {pandas}
In Excel: {excel}
"""


def make_bundle(
    connection: duckdb.DuckDBPyConnection, question: Question, origin: Origin
) -> tuple[bytes, dict[str, Any]]:
    """The zip of a question and its manifest."""
    queries = list_queries(connection, question)
    caveats = list_caveats([], is_synthetic=origin.is_synthetic)
    files: dict[str, bytes] = {}
    described: dict[str, Any] = {}
    for query in queries:
        name = f"tables/{query.name}.csv"
        files[name], row_count = _read_table(connection, query)
        described[name] = {"sql": query.sql, "table": query.table, "row_count": row_count}
    facts = gather_facts(connection, question, origin, caveats)
    files["METHODS.md"] = write_methods(facts).encode()
    files["READUS-PV.csv"] = write_csv(COLUMNS, fill_checklist(facts)).encode()
    files["CITATION.cff"] = resources.CITATION.read_bytes()
    files["reproduce.py"] = write_script().encode()
    files["README.txt"] = README.format(
        name=strip_controls(question.name),
        caveats="\n".join(caveats),
        snapshot_id=facts["snapshot_id"],
        data_lock=facts["data_lock"],
        pandas=READING["csv"]["pandas"],
        excel=READING["csv"]["excel"],
    ).encode()
    manifest = _describe(question, origin, caveats, files, described)
    files["manifest.json"] = dump_json(manifest)
    sums = [f"{hash_bytes(content)}  {name}\n" for name, content in sorted(files.items())]
    files["SHA256SUMS"] = "".join(sums).encode()
    root = f"nightvigil_{_make_name(question.name)}_{_make_name(origin.snapshot_id)}"
    return pack({f"{root}/{name}": content for name, content in sorted(files.items())}), manifest


def write_script() -> str:
    """The script of the bundle: `reproduce` with the code that writes cells, so that it needs no other file."""
    script = SCRIPT.read_text(encoding="utf-8")
    own = Path(cells.__file__).read_text(encoding="utf-8")
    head, tail = script.split(_OWN_IMPORT)
    return f"{head}# ---- how cells are written, as in the system itself\n{own}\n\n# ---- the comparison{tail}"


def _read_table(connection: duckdb.DuckDBPyConnection, query: Query) -> tuple[bytes, int]:
    cursor = connection.execute(query.sql)
    columns = [column[0] for column in cursor.description or []]
    rows = cursor.fetchall()
    return write_csv(columns, rows).encode(), len(rows)


def _describe(
    question: Question, origin: Origin, caveats: Sequence[str], files: dict[str, bytes], queries: dict[str, Any]
) -> dict[str, Any]:
    return {
        "manifest_version": MANIFEST_VERSION,
        "question": {"drug": question.drug, "route": question.route, "reaction": question.reaction},
        "is_synthetic": origin.is_synthetic,
        "caveats": list(caveats),
        "snapshot": origin.to_json(),
        "queries": queries,
        "files": {
            name: {"sha256": hash_bytes(content), "bytes": len(content)} for name, content in sorted(files.items())
        },
        "reading": READING["csv"],
    }


def _make_name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "-", text)[:100]
