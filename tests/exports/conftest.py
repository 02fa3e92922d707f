"""A home with one published snapshot: made by hand for exports, or the sample world."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner, Result

from pipeline.cli import app
from tests.sample_database import SampleDatabase

SNAPSHOT = "20261101T000001Z-000001"
PATIENTS = (
    "source", "drug", "route", "reaction", "definition", "age_band", "sex", "reporter_type", "country", "expedited",
    "case_count", "serious_case_count", "fatal_case_count", "drug_route_case_count",
)  # fmt: skip
Run = Callable[..., Result]


def publish_by_hand(home: Path, *, texts: Sequence[str] = (), is_synthetic: bool | None = True) -> Path:
    """A snapshot with a case from Namibia, a count that is absent, and a table of texts as an ill-meaning source
    gives them; return its database."""
    folder = home / "published" / "snapshots" / SNAPSHOT
    folder.mkdir(parents=True)
    database = folder / "nightvigil.duckdb"
    with duckdb.connect(str(database)) as connection:
        for schema in ("summary", "codes", "meta", "events"):
            connection.execute(f"create schema {schema}")
        connection.execute(
            "create table meta.snapshot as select ? as run_id, '2026-11-01T00:00:01Z' as started_at, "
            "'abc' as build_identity, 'def' as code_commit, 'sample' as profile, ?::boolean as is_synthetic",
            [SNAPSHOT, is_synthetic],
        )
        connection.execute(
            "create table meta.source as select 'faers' as source, '2024Q1' as newest_period, "
            "date '2024-03-31' as data_date, null::varchar as missing_periods"
        )
        connection.execute(
            "create table meta.column as select 'summary.reported_by_patient' as table_name, "
            "'country' as column_name, 'VARCHAR' as column_type, 'ISO 3166 alpha-2' as meaning"
        )
        listed = ", ".join(f"{name} {'bigint' if name.endswith('count') else 'varchar'}" for name in PATIENTS)
        connection.execute(f"create table summary.reported_by_patient ({listed})")
        connection.execute("comment on table summary.reported_by_patient is 'Counts. key country. not a rate.'")
        base = ("faers", "ketamine", "any", "nausea", "broad", "18-44", "female", "physician")
        rows = [(*base, "NA", "expedited", 12345678, 7, 0, 99), (*base, "US", "expedited", 5, None, 0, 50)]
        connection.executemany(f"insert into summary.reported_by_patient values ({', '.join('?' * 14)})", rows)
        connection.execute("create table summary.hostile (place bigint, name_text varchar, number double, born date)")
        for place, text in enumerate(texts):
            connection.execute("insert into summary.hostile values (?, ?, -1.5, date '2024-02-29')", [place, text])
    (home / "published" / "CURRENT").write_text(f"{SNAPSHOT}\n")
    (home / "published" / "current").symlink_to(Path("snapshots") / SNAPSHOT)
    return database


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command `nightvigil` in a home; raises what the command raises."""

    def run_in(home: Path, *arguments: Any) -> Result:
        monkeypatch.setenv("NIGHTVIGIL_HOME", str(home))
        done = CliRunner().invoke(app, [str(argument) for argument in arguments])
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done

    return run_in


@pytest.fixture(scope="module")
def sample_home(sample_database: SampleDatabase, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the candidate of the sample world is published."""
    home = tmp_path_factory.mktemp("published_sample")
    folder = home / "published" / "snapshots" / sample_database.run_id
    folder.mkdir(parents=True)
    (folder / "nightvigil.duckdb").symlink_to(sample_database.candidate)
    (home / "published" / "CURRENT").write_text(f"{sample_database.run_id}\n")
    (home / "published" / "current").symlink_to(Path("snapshots") / sample_database.run_id)
    return home
