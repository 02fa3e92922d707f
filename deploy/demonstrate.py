"""`make run`: one nightly run through Airflow on the invented sample world, in this one process.

Fake agencies on loopback publish the world; the DAGs run one after the other as `airflow dags test` would run
them, on a SQLite of their own; the counts by drug and route are printed from what was published. All of it is stored
under data/sample, apart from real data, and a second run finds nothing new. Where the code has changed since, the
sample home is made anew: an invented world has no reader who would have to accept other numbers.
"""

import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from pipeline import identity, publishing
from pipeline.sample.agencies import serve
from pipeline.sample.code_lists import write_code_lists
from pipeline.sample.world import write_world
from pipeline.settings import Settings

PROJECT = Path(__file__).resolve().parents[1]
HOME = PROJECT / "data" / "sample"
CODE_LISTS = PROJECT / ".build" / "sample-sql"
LOG = PROJECT / ".build" / "airflow-sample" / "night.log"
DAGS = ("land_reports", "land_trials", "land_studies", "publish_summaries")
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
    """Run the DAGs and print where the result is; 0 when every DAG succeeded."""
    began = time.monotonic()
    _set_environment()
    discard_home_of_other_code(Settings.from_environment())
    folder = HOME / "agencies"
    write_world(folder)
    shutil.copytree(folder / "studies", Settings.from_environment().inbox / "studies", dirs_exist_ok=True)
    with serve(folder) as agencies:
        os.environ["NIGHTVIGIL_FAERS_URL"] = agencies.faers_url
        os.environ["NIGHTVIGIL_CLINICALTRIALS_URL"] = agencies.clinicaltrials_url
        print_line(f"an invented world, published at {agencies.faers_url} and {agencies.clinicaltrials_url}")
        for dag_id, state, tasks in _run_dags():
            print_line(f"{time.monotonic() - began:4.0f} s  {dag_id}: {state} ({tasks})")
            if state != "success":
                print_line(f"the run failed: the whole log is {LOG}, this is its end\n{LOG.read_text()[-4000:]}")
                return 1
    return _show()


def discard_home_of_other_code(settings: Settings) -> None:
    """Remove the sample home where its live snapshot was built by other code."""
    live = publishing.current_snapshot(settings)
    if live is None:
        return
    manifest = publishing.read_manifest(settings, live)
    built_by = identity.code_identity(manifest["made_from"], manifest["engine"]["duckdb"])
    if built_by != identity.code_identity(identity.component_hashes(settings)):
        print_line(f"{settings.home} was built by other code, and is made anew")
        shutil.rmtree(settings.home)


def print_line(line: str) -> None:
    """Print one line for the person watching, before whatever comes next."""
    print(line, flush=True)


def _set_environment() -> None:
    # Airflow reads its settings when it is first imported, so they are set before.
    LOG.parent.mkdir(parents=True, exist_ok=True)
    for name in [name for name in os.environ if name.startswith(("AIRFLOW_", "NIGHTVIGIL_"))]:
        del os.environ[name]
    os.environ |= {
        "AIRFLOW_HOME": str(LOG.parent),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        "NIGHTVIGIL_HOME": str(HOME),
        "NIGHTVIGIL_PROFILE": "sample",
        "NIGHTVIGIL_SQL_DIR": str(write_code_lists(CODE_LISTS)),
    }


def _run_dags() -> Iterator[tuple[str, str, str]]:
    with _into_log():
        from airflow.dag_processing.dagbag import DagBag
        from airflow.utils.db import initdb

        initdb()
        folder = PROJECT / "dags"
        dags = DagBag(dag_folder=str(folder), bundle_path=folder, bundle_name="dags-folder").dags
    for dag_id in DAGS:
        for task in dags[dag_id].tasks:
            task.retry_delay = timedelta(seconds=1)  # the sample agencies are never busy for long
        with _into_log():
            run = dags[dag_id].test()
            states = Counter((task.task_id, str(task.state)) for task in run.get_task_instances())
        tasks = ", ".join(
            f"{task.task_id} {count} {state}"
            for task in dags[dag_id].topological_sort()
            for (task_id, state), count in sorted(states.items())
            if task_id == task.task_id
        )
        yield dag_id, str(run.state), tasks


@contextmanager
def _into_log() -> Iterator[None]:
    # Airflow writes hundreds of lines, some of them alarming, none of use here.
    sys.stdout.flush()
    kept = os.dup(1), os.dup(2)
    with LOG.open("a") as log:
        for descriptor in (1, 2):
            os.dup2(log.fileno(), descriptor)
        try:
            yield
        finally:
            sys.stdout.flush()
            for descriptor, ours in zip((1, 2), kept, strict=True):
                os.dup2(ours, descriptor)
                os.close(ours)


def _show() -> int:
    nightvigil = str(Path(sys.executable).with_name("nightvigil"))
    print_line(
        "\nCases by drug and route: all that were reported, and those with each reaction (narrow). Invented data."
    )
    done = subprocess.run([nightvigil, "sql", TALLY], check=False)
    live = HOME / "published" / "current"
    print_line(f"The snapshot: {live}/nightvigil.duckdb, its tables as Parquet and manifest.json beside it.")
    print_line("Ask it:")
    print_line(f"  export NIGHTVIGIL_HOME={HOME.relative_to(PROJECT)}")
    print_line("  .venv/bin/nightvigil tables")
    print_line('  .venv/bin/nightvigil sql "select * from answer.source_freshness"')
    print_line("README.md answers more questions, each with one command.")
    first_page = publishing.find_first_page(Settings.from_environment(), live.resolve().name)
    print_line(f"The pages for analysts: {first_page or 'none; data/sample/runs/<run id>/pages.log says why'}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
