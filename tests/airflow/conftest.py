"""A separate Airflow for these tests: SQLite, no examples, an empty home. Imported late, as Airflow reads its
settings when it is first imported."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def airflow_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Airflow's home, with its database made."""
    home = tmp_path_factory.mktemp("airflow")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AIRFLOW_")]:
            patch.delenv(name)  # what every test sets of NIGHTVIGIL_ stays: this lasts for all that follow
        patch.setenv("AIRFLOW_HOME", str(home))
        patch.setenv("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
        patch.setenv("AIRFLOW__CORE__DAGS_FOLDER", str(PROJECT / "dags"))
        patch.setenv("NIGHTVIGIL_HOME", str(home / "data"))
        from airflow.utils.db import initdb

        initdb()
        yield home


@pytest.fixture(scope="session")
def dag_bag(airflow_home: Path) -> Any:
    """The DAGs as Airflow reads them."""
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(PROJECT / "dags"), bundle_path=PROJECT / "dags", bundle_name="dags-folder")
