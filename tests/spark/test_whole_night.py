"""A night of the sample world on Spark publishes what a night on DuckDB publishes."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from pipeline import nightly, publishing
from pipeline.cli import app
from tests.sample_database import CODE_LISTS, SampleDatabase
from tests.spark.comparison import compare, hash_layers
from tests.spark.conftest import LOCAL

pytestmark = [pytest.mark.spark, pytest.mark.timeout(1800)]


def test_sample_world_built_by_spark_is_judged_published_and_equal(
    sample_database: SampleDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the command line: `build --engine spark`, then `check` and `publish` as after any other build."""
    home = tmp_path / "data"
    shutil.copytree(sample_database.home, home)
    for name, value in (("HOME", home), ("SQL_DIR", home / CODE_LISTS), ("MEMORY_LIMIT", "2GB")):
        monkeypatch.setenv(f"NIGHTVIGIL_{name}", str(value))
    built = CliRunner().invoke(app, ["build", "--engine", "spark", "--master", LOCAL, "--format", "json"])
    assert built.exit_code == 0, built.output
    (row,) = json.loads(built.stdout)
    settings = sample_database.settings.model_copy(update={"home": home, "sql_dir": home / CODE_LISTS})

    with (
        duckdb.connect(str(sample_database.candidate), read_only=True) as of_duckdb,
        duckdb.connect(str(nightly.candidate_path(settings, row["run_id"])), read_only=True) as of_spark,
    ):
        found = compare(hash_layers(of_duckdb), hash_layers(of_spark))
    print(f"sample world: {found.table_count} tables, {found.filled_count} with rows")
    assert found.differing == []
    assert found.filled_count > found.table_count / 2
    assert not list((settings.cache / "spark").iterdir())

    nightly.judge(settings, row["run_id"])
    snapshot = nightly.publish(settings, row["run_id"])
    manifest = publishing.read_manifest(settings, snapshot)
    assert manifest["tables"]
    assert (
        json.loads((settings.runs / row["run_id"] / "run.json").read_text())["phases"]["build"]["engine"] == "spark"
    )
