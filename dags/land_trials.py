"""Nightly: trial records that are new or changed at the registry, or were dropped into the inbox.

**When a task is red**
- `find_deliveries`: the inbox cannot be read. Is the data volume mounted, and may the watch write there?
- `land_delivery`, one square a delivery: its log names the file and the reason. *Refused*: it lies in
  `quarantine/clinicaltrials/refused`; drop a sound copy into the inbox. *Unavailable*: the registry did not
  answer after every retry; the next night asks again for all that changed since. The other deliveries go on.
- `announce`: only when Airflow's own database failed; clear it. Skipped: nothing new tonight, all is well.
- `all_taken`: a delivery above is red; this keeps such a night from looking whole.
"""

import os
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import Asset, TriggerRule, dag, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from pipeline.alerts import run_failed, task_failed
from pipeline.errors import DeliveryRefused
from pipeline.settings import Settings

trials = Asset(name="trials", uri="nightvigil://landing/trials")
EVERY_TASK = {"on_failure_callback": task_failed, "execution_timeout": timedelta(hours=4)}
NETWORK = {"retries": 4, "retry_delay": timedelta(minutes=2), "retry_exponential_backoff": 2.0}
SCHEDULE = os.environ.get("NIGHTVIGIL_TRIALS_SCHEDULE") or "30 1 * * *"
ONE_NIGHT = {"catchup": False, "max_active_runs": 1, "dagrun_timeout": timedelta(hours=12)}


@task(**NETWORK)
def find_deliveries() -> list[dict[str, Any]]:
    from pipeline import nightly

    return nightly.find_deliveries(Settings.from_environment(), nightly.TRIALS)


@task(max_active_tis_per_dag=2, **NETWORK)
def land_delivery(offer: dict[str, Any]) -> dict[str, Any]:
    from pipeline import nightly

    outcome = nightly.land_delivery(Settings.from_environment(), offer)
    if outcome["status"] == "refused":
        raise AirflowFailException(outcome["message"]) from DeliveryRefused(**outcome["problem"])
    if outcome["status"] != "landed":
        raise AirflowSkipException(outcome["message"])
    return outcome


@task(trigger_rule=TriggerRule.ALL_DONE, outlets=[trials])
def announce(outcomes: Any, *, outlet_events: Any = None) -> None:
    landed = [outcome for outcome in outcomes or [] if outcome]
    if not landed:
        raise AirflowSkipException("nothing new landed")
    outlet_events[trials].extra = {"landing": landed}


@dag(schedule=SCHEDULE, start_date=datetime(2026, 1, 1, tzinfo=UTC), tags=["nightvigil", "landing"],
     doc_md=__doc__, default_args=EVERY_TASK, on_failure_callback=run_failed, **ONE_NIGHT)  # fmt: skip
def land_trials() -> None:
    landed = land_delivery.expand(offer=find_deliveries())
    [landed, announce(landed)] >> EmptyOperator(task_id="all_taken", trigger_rule="none_failed")


land_trials()
