"""One landing DAG for each source, made from its record: whatever its agency published or people put into its inbox.

The records are in `pipeline/sources/`; a new one becomes a DAG here without an edit.
"""

import os
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Asset, TriggerRule, dag, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from pipeline.alerts.airflow_runs import collect_standing, run_failed, run_succeeded, task_failed
from pipeline.errors import DeliveryRefused
from pipeline.settings import Settings
from pipeline.sources import load_sources
from pipeline.sources.record import Source

EVERY_TASK = {"on_failure_callback": task_failed, "execution_timeout": timedelta(hours=4)}
NETWORK = {"retries": 4, "retry_delay": timedelta(minutes=2), "retry_exponential_backoff": 2.0}
ONE_AT_A_TIME = {"catchup": False, "max_active_runs": 1, "dagrun_timeout": timedelta(hours=12)}
TRIAGE = """Every night: what {source.title} published, or people put into `inbox/{source.name}`, since the last run.

**When a task is red**
- `find_deliveries`: the inbox cannot be read. Is the data volume mounted, and may this user write to it?
- `land_delivery`, one square for each delivery: its log names the file and the reason. *Refused*: the file is in
  `quarantine/{source.name}/refused`; put {kinds} that is sound into the inbox.
  *Unavailable*: {source.agency} did not answer after every retry; the next run asks again. The other deliveries are
  landed all the same.
- `announce`: only when Airflow's own database failed; clear it. Skipped: nothing new, no action is needed.
- `all_landed`: a delivery above is red; this task keeps the run from looking complete.
"""


def create_landing_dag(source: Source) -> DAG:
    """The DAG that lands the deliveries of one source and announces them as its asset."""
    asset = Asset(name=source.asset, uri=source.asset_uri)

    @task(**NETWORK)
    def find_deliveries(*, run_id: Any = None) -> list[dict[str, Any]]:
        from pipeline import intake

        settings = Settings.from_environment()
        offers = intake.find_deliveries(settings, source.name)
        collect_standing(settings, source.name, str(run_id), has_offers=bool(offers))
        return offers

    @task(max_active_tis_per_dag=2, **NETWORK)
    def land_delivery(offer: dict[str, Any]) -> dict[str, Any]:
        from pipeline import intake

        outcome = intake.land_delivery(Settings.from_environment(), offer)
        if outcome["status"] != "landed":
            if outcome["status"] == "refused":
                raise AirflowFailException(outcome["message"]) from DeliveryRefused(**outcome["problem"])
            raise AirflowSkipException(outcome["message"])
        return outcome

    @task(trigger_rule=TriggerRule.ALL_DONE, outlets=[asset])
    def announce(outcomes: Any, *, outlet_events: Any = None) -> None:
        landed = [outcome for outcome in outcomes or [] if outcome]
        if not landed:
            raise AirflowSkipException("nothing new landed")
        outlet_events[asset].extra = {"landing": landed}

    @dag(source.dag_id, schedule=os.environ.get(source.schedule_variable) or source.schedule,
         start_date=datetime(2026, 1, 1, tzinfo=UTC), tags=["nightvigil", "landing", source.wing],
         doc_md=TRIAGE.format(source=source, kinds=" or ".join(source.delivery_kinds)),
         default_args=EVERY_TASK, on_failure_callback=run_failed, on_success_callback=run_succeeded,
         **ONE_AT_A_TIME)  # fmt: skip
    def land() -> None:
        landed = land_delivery.expand(offer=find_deliveries())
        [landed, announce(landed)] >> EmptyOperator(task_id="all_landed", trigger_rule="none_failed")

    return land()


LANDING_DAGS = [create_landing_dag(source) for source in load_sources()]
