"""Reproduces the numbers of this bundle from the snapshot: `python reproduce.py SNAPSHOT`.

SNAPSHOT: the folder of a snapshot, or its nightvigil.duckdb. Needed are Python 3.11 and DuckDB; nothing else.
Three things are compared, and each is printed: the files of the bundle with the hashes in manifest.json; every table
with what its query gives on the snapshot now, byte for byte; and the counts and ratios with what follows from the
single cases. The last line says whether all is the same; then the exit code is 0, else 1.
"""

import hashlib
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import NormalDist
from typing import Any

import duckdb

from pipeline.exports.cells import strip_controls, write_csv

HERE = Path(__file__).resolve().parent
Z = NormalDist().inv_cdf(0.975)

Outcome = tuple[str, bool, str]
"""What was compared, whether it is the same, and what was found."""


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(__doc__)
        return 2
    path = Path(arguments[0])
    database = path / "nightvigil.duckdb" if path.is_dir() else path
    manifest = json.loads((HERE / "manifest.json").read_text(encoding="utf-8"))
    if manifest["is_synthetic"]:
        print("INVENTED DATA: nothing may be concluded from these numbers.")
    config: dict[str, Any] = {"enable_external_access": False, "autoinstall_known_extensions": False}
    with duckdb.connect(str(database), read_only=True, config=config) as connection:
        ((snapshot,),) = connection.execute("select run_id from meta.snapshot").fetchall()
        is_same = report("snapshot", snapshot == manifest["snapshot"]["snapshot_id"], strip_controls(str(snapshot)))
        for outcome in (
            *compare_files(manifest),
            *compare_tables(connection, manifest),
            *recount(connection, manifest),
        ):
            is_same &= report(*outcome)
    print("all the same" if is_same else "NOT the same: see the lines that begin with DIFFERS")
    return 0 if is_same else 1


def report(name: str, is_same: bool, detail: str) -> bool:
    print(f"{'same   ' if is_same else 'DIFFERS'}  {name}: {detail}")
    return is_same


def compare_files(manifest: dict[str, Any]) -> Iterator[Outcome]:
    for name, stated in sorted(manifest["files"].items()):
        path = HERE / name
        found = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "absent"
        yield name, found == stated["sha256"], found


def compare_tables(connection: duckdb.DuckDBPyConnection, manifest: dict[str, Any]) -> Iterator[Outcome]:
    for name, query in sorted(manifest["queries"].items()):
        cursor = connection.execute(query["sql"])
        columns = [column[0] for column in cursor.description]
        rows = cursor.fetchall()
        again = write_csv(columns, rows).encode()
        kept = (HERE / name).read_bytes()
        yield f"query of {name}", again == kept, f"{len(rows)} rows"


def recount(connection: duckdb.DuckDBPyConnection, manifest: dict[str, Any]) -> Iterator[Outcome]:
    """Counts from the single cases, and ratios from the four cells, as the definitions say."""
    question = manifest["question"]
    cells = connection.execute(
        "select source, drug, route, reaction, definition, case_count, drug_route_case_count "
        "from summary.reported_by_drug_route where drug = ?",
        [question["drug"]],
    ).fetchall()
    with_reaction = {
        row[:5]: row[5]
        for row in connection.execute(
            "select source, drug, route, reaction, definition, count(distinct case_id) "
            "from events.reported where drug = ? group by all",
            [question["drug"]],
        ).fetchall()
    }
    exposed = {
        row[:3]: row[3]
        for row in connection.execute(
            "select source, drug, route, count(distinct case_id) "
            "from events.exposed_case where drug = ? group by all",
            [question["drug"]],
        ).fetchall()
    }
    wrong = [
        cell for cell in cells if (cell[5], cell[6]) != (with_reaction.get(cell[:5], 0), exposed.get(cell[:3], 0))
    ]
    yield "counts from single cases", not wrong, f"{len(cells)} cells, {len(wrong)} differ"
    signals = connection.execute(
        "select with_both_count, drug_only_count, reaction_only_count, neither_count, "
        "ror, ror_lower, ror_upper, prr, prr_lower, prr_upper from summary.signal "
        "where drug = ? and comparator = 'all_other_cases' and stratum = 'all'",
        [question["drug"]],
    ).fetchall()
    estimated = [row for row in signals if None not in row and 0 not in row[:4]]
    wrong = [row for row in estimated if not all(map(is_close, row[4:], compute_ratios(*row[:4])))]
    yield "ROR and PRR from the four cells", not wrong, f"{len(estimated)} estimates, {len(wrong)} differ"


def compute_ratios(both: int, drug: int, reaction: int, neither: int) -> tuple[float, ...]:
    """ROR and PRR, each with its bounds of 95 % on the scale of logarithms (Woolf; Evans et al. 2001)."""
    ror = both * neither / (drug * reaction)
    ror_error = math.sqrt(1 / both + 1 / drug + 1 / reaction + 1 / neither)
    prr = both / (both + drug) / (reaction / (reaction + neither))
    prr_error = math.sqrt(drug / (both * (both + drug)) + neither / (reaction * (reaction + neither)))
    return (*bound(ror, ror_error), *bound(prr, prr_error))


def bound(ratio: float, error: float) -> tuple[float, float, float]:
    return ratio, ratio * math.exp(-Z * error), ratio * math.exp(Z * error)


def is_close(stored: float, computed: float) -> bool:
    return math.isclose(stored, computed, rel_tol=1e-9)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
