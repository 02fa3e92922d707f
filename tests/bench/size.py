"""How much a home holds and what of it each part takes."""

from pathlib import Path

import duckdb

PARTS = ("landing", "raw", "cache/typed")
DATABASE = "nightvigil.duckdb"


def print_size(home: Path) -> None:
    """Print how many versions and cases are published, and the bytes of a snapshot and of what it was made from."""
    live = home / "published" / "current"
    if not (live / DATABASE).exists():
        print("nothing was published")
        return
    with duckdb.connect(str(live / DATABASE), read_only=True) as database:
        versions, cases = database.execute(
            "select (select count(*) from clean.faers_version), (select count(*) from events.case)"
        ).fetchone() or (0, 0)
    database_bytes, table_bytes = (live / DATABASE).stat().st_size, count_bytes(live / "tables")
    print(f"published: {versions:,} versions, {cases:,} cases")
    print(f"snapshot: {megabytes(database_bytes)} DuckDB, {megabytes(table_bytes)} Parquet", end="; ")
    print(", ".join(f"{part} {megabytes(count_bytes(home / part))}" for part in PARTS))


def count_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"
