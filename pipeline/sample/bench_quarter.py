"""A synthetic quarter of any size, for measuring: `python -m pipeline.sample.bench_quarter FOLDER --cases 200000`.

It has the shape of a modern quarter: 700 bytes and 4 drugs per case, thousands of ingredients and terms, a watch-list
drug in one record of fifty. The content is invented and means nothing. Case numbers have nine digits. Three cases in
twenty are new versions of cases of the four periods before. `quarter/*.sql` defines the content of each table.
"""

import argparse
import sys
import tempfile
import zipfile
from contextlib import closing
from itertools import product
from pathlib import Path

import duckdb

from pipeline.sample.reports import TABLES, find_headers
from pipeline.sample.terms import OTHER_TERMS, TERMS
from pipeline.sample.vocabulary import WATCHED
from pipeline.sample.world import README, archive_name

SQL = Path(__file__).with_name("quarter")
FIRST_PERIOD = "2014Q3"  # the first quarter of the layout that is written here
INGREDIENTS, TERMS_INVENTED, INDICATIONS_INVENTED = 4_000, 6_000, 2_500
_STARTS = "ZAV BRO TIL MORA QUE LOVI SEB DAPRO FENI ORLU VEXA CAMI PRU NEB GOSI HAXO".split()  # noqa: SIM905
_MIDDLES = "RA LO TIVI ME SUNA DIRO PEXA GLI BUTO CENI FOLA NUSTI XIMO ZERA KOTI WYLA".split()  # noqa: SIM905
_ENDS = "MAB TINIB PRIL STATIN OLOL AZOLE CILLIN SARTAN GLIPTIN OXETINE IDONE AMINE CAINE".split()  # noqa: SIM905
_SALTS = ("", " HYDROCHLORIDE", " SODIUM", " MALEATE", " TARTRATE")
_PLACES = "Renal Hepatic Cardiac Dermal Ocular Gastric Muscular Vascular Neural Pulmonary".split()  # noqa: SIM905
_STATES = "discomfort swelling impairment irritation weakness spasm lesion stiffness bleeding".split()  # noqa: SIM905


def write_quarter(folder: Path, period: str, cases: int) -> Path:
    """Write the archive of one period with that many cases; return its path. Same arguments, same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / archive_name(period)
    with tempfile.TemporaryDirectory(dir=folder) as working, closing(duckdb.connect()) as connection:
        facts = _prepare(connection, period, cases)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            for table in TABLES:
                path = Path(working) / f"{table.upper()}{period[2:4]}Q{period[5]}.txt"
                _write_table(connection, table, facts, path)
                archive.writestr(_make_entry(f"ascii/{path.name}"), path.read_bytes())
            archive.writestr(_make_entry("README_SYNTHETIC.txt"), README)
    return target


def _prepare(connection: duckdb.DuckDBPyConnection, period: str, cases: int) -> dict[str, object]:
    """Create the vocabularies and the reports; return the parameters of the tables' SQL."""
    number = _number_period(period)
    facts: dict[str, object] = {
        "quarter": number,
        "cases": cases,
        "has_follow_ups": number > _number_period(FIRST_PERIOD) and cases >= 1_000,
        "last_day": f"{period[:4]}-{int(period[5]) * 3:02d}-28",
        **{
            name: _create_vocabulary(connection, name, columns)
            for name, columns in _build_vocabularies(period).items()
        },
    }
    connection.execute("set enable_progress_bar = false")
    connection.execute((SQL / "setup.sql").read_text(encoding="utf-8").format(**facts))
    return facts


def _build_vocabularies(period: str) -> dict[str, dict[str, list[str]]]:
    """Build the words of each kind, as columns of the table that holds them."""
    drugs = [f"{start}{middle}{end}{salt}" for salt, end, start, middle in product(_SALTS, _ENDS, _STARTS, _MIDDLES)]
    brands = ["".join(parts) for parts in product(_STARTS, _MIDDLES, _STARTS)]
    states = [f"{place} {state} {number}" for number, place, state in product(range(80), _PLACES, _STATES)]
    watched = [drug for drug in WATCHED if drug.since <= period]
    return {
        "ingredient": {
            "name": drugs[:INGREDIENTS],
            "brand": brands[:INGREDIENTS],
            "prod_ai": drugs[:INGREDIENTS],
        },
        "term": {"name": states[:TERMS_INVENTED]},
        "indication": {"name": states[::-1][:INDICATIONS_INVENTED]},
        "known": {"name": [*TERMS, *OTHER_TERMS]},
        "watched": {
            "name": [drug.name for drug in watched],
            "prod_ai": [drug.prod_ai for drug in watched],
            "route": [drug.routes[0] for drug in watched],
        },
    }


def _number_period(period: str) -> int:
    return (int(period[:4]) - 2004) * 4 + int(period[5]) - 1


def _create_vocabulary(connection: duckdb.DuckDBPyConnection, name: str, columns: dict[str, list[str]]) -> int:
    """Create the table of a vocabulary, with an id from 0, and return its size."""
    size = len(columns["name"])
    drawn = ", ".join(f"unnest(?) as {column}" for column in columns)
    sql = f"create table {name} as select unnest(range({size})) as id, {drawn}"
    connection.execute(sql, list(columns.values()))
    return size


def _write_table(connection: duckdb.DuckDBPyConnection, table: str, facts: dict[str, object], path: Path) -> None:
    query = (SQL / f"{table}.sql").read_text(encoding="utf-8").format(**facts)
    options = "format csv, delimiter '$', header false, quote '', escape ''"
    connection.execute(f"copy ({query}) to '{path}' ({options})")
    path.write_bytes(find_headers(FIRST_PERIOD)[table].encode() + b"\n" + path.read_bytes())


def _make_entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def main() -> int:
    """Write one quarter and print its path."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.sample.bench_quarter", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cases", type=int, default=200_000)
    parser.add_argument("--period", default="2017Q2")
    arguments = parser.parse_args()
    sys.stdout.write(f"{write_quarter(arguments.folder, arguments.period, arguments.cases)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
