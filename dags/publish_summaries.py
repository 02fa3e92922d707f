"""When a source landed something: freeze the inputs, build, judge, publish, notify. Until `publish` is green the
earlier snapshot stays live, whatever is red here.

**When a task is red**
- `freeze`: publication is held after a rollback (`nightvigil release` ends that), or a receipt is unreadable.
  Skipped: nothing new since the live snapshot, no action is needed.
- `build`: the log names the SQL file. Disk full? Out of memory? It was tried twice; correct the cause, then clear
  the task.
- `judge`: the gate is closed. `runs/<run id>/quality.json` names each rule that failed, its reason and the rows.
  Wrong data: land a sound delivery. A real shift: override the rule by name, reason and expiry. Clearing this
  task evaluates the same rules on the same data again.
- `freeze`, `publish`: new code changes published values and waits for a person. `nightvigil accept` lists the
  changes, `nightvigil accept --reason TEXT --by NAME` accepts and publishes them. A retry does not help.
- `publish`: another run published first (nothing is lost, the next run holds both), or the disk is full.
- `publish` is green and the snapshot has no pages: `runs/<run id>/pages.log` says why; the data are live.
- `notify`: the snapshot is live; only the message was not written.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import Asset, AssetAny, dag, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from pipeline.alerts.airflow_runs import run_failed, task_failed
from pipeline.errors import AcceptanceNeeded, GateClosed, NothingNew
from pipeline.settings import Settings
from pipeline.sources import load_sources

landings = [Asset(name=source.asset, uri=source.asset_uri) for source in load_sources()]
snapshot = Asset(name="snapshot", uri="nightvigil://published/snapshot")
EVERY_TASK = {"on_failure_callback": task_failed, "execution_timeout": timedelta(hours=3)}
ONE_AT_A_TIME = {"catchup": False, "max_active_runs": 1, "dagrun_timeout": timedelta(hours=8)}
AFTER_A_STOPPED_WORKER = {"retries": 1, "retry_delay": timedelta(minutes=1)}


@task
def freeze(*, triggering_asset_events: Any = None, run_id: Any = None) -> str:
    from pipeline import nightly, runs

    events = [event for of_asset in (triggering_asset_events or {}).values() for event in of_asset]
    landing = [outcome for event in events for outcome in event.extra.get("landing", [])]
    settings = Settings.from_environment()
    try:
        build_id = nightly.start_run(settings, landing)
        runs.note_dag_run(settings, build_id, str(run_id))
        return build_id
    except NothingNew as error:
        raise AirflowSkipException(str(error)) from error
    except AcceptanceNeeded as error:
        raise AirflowFailException(str(error)) from error


@task(**AFTER_A_STOPPED_WORKER)
def build(build_id: str) -> str:
    from pipeline import nightly

    return nightly.build(Settings.from_environment(), build_id)


@task
def judge(build_id: str) -> dict[str, Any]:
    from pipeline import nightly

    try:
        return nightly.judge(Settings.from_environment(), build_id)
    except GateClosed as error:
        raise AirflowFailException(str(error)) from error


@task(outlets=[snapshot], **AFTER_A_STOPPED_WORKER)
def publish(build_id: str) -> str:
    from pipeline import nightly

    try:
        return nightly.publish(Settings.from_environment(), build_id)
    except AcceptanceNeeded as error:
        raise AirflowFailException(str(error)) from error


@task
def notify(build_id: str, snapshot_id: str) -> str:
    from pipeline import nightly

    return nightly.notify_published(Settings.from_environment(), build_id, snapshot_id)


@dag(schedule=AssetAny(*landings), tags=["nightvigil", "publication"],
     doc_md=__doc__, default_args=EVERY_TASK, on_failure_callback=run_failed, **ONE_AT_A_TIME)  # fmt: skip
def publish_summaries() -> None:
    build_id = freeze()
    snapshot_id = publish(build_id)
    build(build_id) >> judge(build_id) >> snapshot_id
    notify(build_id, snapshot_id)


PUBLICATION_DAG = publish_summaries()
