"""`make run`: one whole night through Airflow on the invented sample world, in this one process.

Fake agencies on loopback publish the world; the three DAGs run one after the other as `airflow dags test` would run
them, on a SQLite of their own; the tally by drug and route is printed from what was published. All of it lies under
data/sample, apart from the data of a real watch, and a second run finds nothing new.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from pipeline.sample.agencies import serve
from pipeline.sample.world import write_world

PROJECT = Path(__file__).resolve().parents[1]
HOME = PROJECT / "data" / "sample"
DAGS = ("land_reports", "land_trials", "publish_summaries")
TALLY = """
select drug, route, max(drug_route_case_count) as cases,
    max(case_count) filter (where reaction = 'nausea_or_vomiting') as nausea_or_vomiting,
    max(case_count) filter (where reaction = 'dissociation') as dissociation,
    max(case_count) filter (where reaction = 'hallucination') as hallucination,
    max(case_count) filter (where reaction = 'confusion') as confusion,
    max(case_count) filter (where reaction = 'paranoia') as paranoia
from summary.reported_by_drug_route
where definition = 'narrow'
group by drug, route
order by drug, cases desc, route
"""


def main() -> int:
    """Play the night and say where its result lies; 0 when every DAG succeeded."""
    began = time.monotonic()
    _set_environment()
    folder = HOME / "agencies"
    write_world(folder)
    with serve(folder) as agencies:
        os.environ["NIGHTVIGIL_FAERS_URL"] = agencies.faers_url
        os.environ["NIGHTVIGIL_CLINICALTRIALS_URL"] = agencies.clinicaltrials_url
        say(f"an invented world, published at {agencies.faers_url} and {agencies.clinicaltrials_url}")
        for dag_id, state in _run_dags():
            say(f"{dag_id}: {state} after {time.monotonic() - began:.0f} s")
            if state != "success":
                say(f"the night failed in {dag_id}: its tasks said why above, and {HOME / 'runs'} keeps the record")
                return 1
    return _show()


def say(line: str) -> None:
    """Print one line for the person watching, before whatever comes next."""
    print(line, flush=True)


def _set_environment() -> None:
    # Airflow reads its settings when it is first imported, so they are set before.
    home = PROJECT / ".build" / "airflow-sample"
    home.mkdir(parents=True, exist_ok=True)
    for name in [name for name in os.environ if name.startswith(("AIRFLOW_", "NIGHTVIGIL_"))]:
        del os.environ[name]
    os.environ |= {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        "NIGHTVIGIL_HOME": str(HOME),
        "NIGHTVIGIL_PROFILE": "sample",
    }


def _run_dags() -> Iterator[tuple[str, str]]:
    from airflow.dag_processing.dagbag import DagBag
    from airflow.utils.db import initdb

    initdb()
    folder = PROJECT / "dags"
    dags = DagBag(dag_folder=str(folder), bundle_path=folder, bundle_name="dags-folder").dags
    for dag_id in DAGS:
        yield dag_id, str(dags[dag_id].test().state)


def _show() -> int:
    nightvigil = str(Path(sys.executable).with_name("nightvigil"))
    say("\nCases by drug and route: all that were reported, and those with each reaction (narrow). Invented data.")
    done = subprocess.run([nightvigil, "sql", TALLY], check=False)
    live = HOME / "published" / "current"
    say(f"The snapshot: {live}/nightvigil.duckdb, its tables as Parquet and manifest.json beside it.")
    say("Ask it:")
    say(f"  export NIGHTVIGIL_HOME={HOME.relative_to(PROJECT)}")
    say("  .venv/bin/nightvigil sql 'from summary.observed_by_drug_route limit 5'")
    say("  .venv/bin/nightvigil status")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
