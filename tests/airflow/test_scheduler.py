"""A run on the real scheduler: Postgres and every component of docker-compose.yml, each by its own command.

The invented world is published by fake agencies; the landing DAGs are started over REST as a person would; the asset
event starts publication. Then two quarters are issued anew without their routes, and the gate must hold; a build and
later the scheduler itself are killed. A mail server and a webhook receive what a person should read, and local
receivers what Airflow itself states of its runs (StatsD metrics, OpenLineage events).
"""

import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest

from pipeline import publishing
from pipeline.sample.agencies import serve
from pipeline.settings import Settings
from tests.airflow.deployment import SECRETS, resolved
from tests.airflow.postgres import dump_database
from tests.airflow.reissue import blank_routes, issue_anew
from tests.airflow.rest import hook_command, logs_of, runs_of, tasks_of, trigger, wait_for_end
from tests.airflow.stack import WEB_PATIENCE, Stack, running_stack
from tests.airflow.statsd import Metrics, receive_metrics
from tests.alerts.servers import MailServer, WebhookServer, serve_mail, serve_webhook
from tests.small_world import write_small_world

pytestmark = [pytest.mark.proof, pytest.mark.timeout(2700)]
NEVER = "0 0 31 12 *"
REISSUED = ("faers_ascii_2019q1.zip", "faers_ascii_2024q1.zip")


@dataclass
class PublishedStack:
    """The stack after its first run."""

    stack: Stack
    agencies: Path
    alerts: Callable[[], list[dict[str, Any]]]
    mail: MailServer
    webhook: WebhookServer
    lineage: WebhookServer
    metrics: Metrics
    runs: dict[str, str]
    publications: list[dict[str, Any]]

    @property
    def settings(self) -> Settings:
        return Settings(home=self.stack.data)

    def wait_for_message(self, state: str, seen: int) -> dict[str, Any]:
        """The first message of that state which the webhook received after the `seen` first ones."""

        def find() -> dict[str, Any] | None:
            new = [post.payload for post in self.webhook.accepted[seen:]]
            return next((message for message in new if message["state"] == state), None)

        found: dict[str, Any] = self.stack.wait_for(f"a message that says {state}", find, 240)
        return found


def publications_ended(stack: Stack, count: int) -> list[dict[str, Any]]:
    """The runs of publication once at least so many have ended and none is under way."""

    def ended() -> list[dict[str, Any]]:
        found = runs_of(stack, "publish_summaries")
        is_over = all(run["state"] in ("success", "failed") for run in found)
        return found if is_over and len(found) >= count else []

    found: list[dict[str, Any]] = stack.wait_for("publication to end", ended, 900)
    return found


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublishedStack]:
    folder = tmp_path_factory.mktemp("published")
    write_small_world(folder / "agencies")
    command, alerts = hook_command(folder / "hook")
    with (
        serve(folder / "agencies") as agencies,
        serve_mail() as mail,
        serve_webhook() as webhook,
        serve_webhook() as lineage,
        receive_metrics() as metrics,
        running_stack(
            NIGHTVIGIL_FAERS_URL=agencies.faers_url,
            NIGHTVIGIL_CLINICALTRIALS_URL=agencies.clinicaltrials_url,
            NIGHTVIGIL_PROFILE="sample",
            NIGHTVIGIL_ALERT_COMMAND=command,
            NIGHTVIGIL_MAIL_SERVER=f"smtp://127.0.0.1:{mail.port}",
            NIGHTVIGIL_MAIL_FROM="nightvigil@example.org",
            NIGHTVIGIL_MAIL_TO="oncall@example.org",
            NIGHTVIGIL_MAIL_LEVEL="error",
            NIGHTVIGIL_WEBHOOK_URL=webhook.address("/webhook"),
            NIGHTVIGIL_WEBHOOK_LEVEL="info",
            AIRFLOW__METRICS__STATSD_ON="True",
            AIRFLOW__METRICS__STATSD_HOST="127.0.0.1",
            AIRFLOW__METRICS__STATSD_PORT=str(metrics.port),
            AIRFLOW__OPENLINEAGE__DISABLED="False",
            AIRFLOW__OPENLINEAGE__TRANSPORT=json.dumps({"type": "http", "url": lineage.address("")}),
            NIGHTVIGIL_REPORTS_SCHEDULE=NEVER,
            NIGHTVIGIL_TRIALS_SCHEDULE=NEVER,
            NIGHTVIGIL_STUDIES_SCHEDULE=NEVER,
        ) as stack,
    ):
        runs = {}
        for nth, dag_id in enumerate(("land_reports", "land_trials"), start=1):
            runs[dag_id] = trigger(stack, dag_id)
            assert wait_for_end(stack, dag_id, runs[dag_id]) == "success", logs_of(stack)
            publications = publications_ended(stack, nth)
        yield PublishedStack(stack, folder / "agencies", alerts, mail, webhook, lineage, metrics, runs, publications)


def test_landing_starts_publication_of_a_snapshot(published: PublishedStack) -> None:
    """Nobody starts publish_summaries: the event of the landed deliveries does."""
    landed = tasks_of(published.stack, "land_reports", published.runs["land_reports"])
    assert [task["state"] for task in landed["land_delivery"]] == ["success"] * 6
    ended = [(run["run_type"], run["state"]) for run in published.publications]
    assert ended == [("asset_triggered", "success")] * 2, logs_of(published.stack)
    live = publishing.current_snapshot(published.settings)
    assert live is not None
    with duckdb.connect(publishing.database_path(published.settings, live), read_only=True) as connection:
        cells = "select drug, route, reaction, definition, case_count from summary.reported_by_drug_route"
        counted = set(connection.execute(f"{cells} where case_count > 0").fetchall())
        trials = connection.execute("select count(*) from summary.observed_by_drug_route").fetchall()
    expected = json.loads((published.agencies / "expected.json").read_text())["reported_by_drug_route"]
    names = ("drug", "route", "reaction", "definition", "case_count")
    assert counted == {tuple(cell[name] for name in names) for cell in expected if cell["case_count"]}
    assert trials[0][0] > 0


def test_metrics_and_lineage_of_airflow_reach_their_receivers(published: PublishedStack) -> None:
    """As configured in .env: how long each task took, and an event of OpenLineage when a task starts and ends."""
    metrics = published.metrics.names
    assert {"airflow.scheduler_heartbeat", "airflow.dag.publish_summaries.build.duration"} <= metrics, sorted(metrics)
    events = [post.payload for post in published.lineage.accepted]
    told = {(event["job"]["name"], event["eventType"]) for event in events}
    tasks = [f"publish_summaries.{task}" for task in ("freeze", "build", "judge", "publish", "notify")]
    assert {(task, kind) for task in tasks for kind in ("START", "COMPLETE")} <= told
    assert {event["job"]["namespace"] for event in events} == {"nightvigil"}
    sent = b"".join(post.content for post in published.lineage.accepted).decode()
    assert [name for name, secret in SECRETS.items() if secret in sent] == []


def test_quarters_without_routes_are_stopped_by_the_gate(published: PublishedStack) -> None:
    """The agency issues two quarters anew with the route column blank: they land, but are not published."""
    before = publishing.current_snapshot(published.settings)
    count = len(published.publications)
    for archive in REISSUED:
        issue_anew(published.agencies / "faers" / archive, blank_routes)

    run_id = trigger(published.stack, "land_reports")
    assert wait_for_end(published.stack, "land_reports", run_id) == "success", logs_of(published.stack)
    refused = publications_ended(published.stack, count + 1)[-1]
    tasks = tasks_of(published.stack, "publish_summaries", refused["dag_run_id"])
    states = {task_id: instances[0]["state"] for task_id, instances in tasks.items()}
    assert (refused["state"], states) == (
        "failed",
        {
            "freeze": "success",
            "build": "success",
            "judge": "failed",
            "publish": "upstream_failed",
            "notify": "upstream_failed",
        },
    ), logs_of(published.stack)
    assert tasks["judge"][0]["try_number"] == 1, "a shut gate is not asked again"
    assert publishing.current_snapshot(published.settings) == before

    published.stack.wait_for("the hook to be called", lambda: errors(published), 240)
    (alert,) = errors(published)
    assert alert["about"]["dag"] == "publish_summaries" and alert["about"]["task"] == "judge"
    assert alert["state"] == "blocked" and "stays live" in alert["touches"]
    assert "routes are mostly stated" in json.dumps([alert["causes"], alert["consequences"]])
    posted = published.wait_for_message("blocked", 0)
    assert posted["subject"] == alert["subject"]
    (mail,) = published.stack.wait_for("the mail", lambda: list(published.mail.accepted), 240)
    assert mail.receivers == ["oncall@example.org"]
    assert "publication blocked" in mail.parsed["Subject"].lower(), mail.parsed["Subject"]
    assert "routes are mostly stated" in mail.part("plain") and "nightvigil quality" in mail.part("plain")


def errors(published: PublishedStack) -> list[dict[str, Any]]:
    """What is wrong; that it no longer is goes to whoever was told so."""
    return [alert for alert in published.alerts() if alert["level"] == "error" and alert["state"] != "recovered"]


def test_corrected_quarters_are_published_after_the_build_is_killed(published: PublishedStack) -> None:
    """The agency issues both quarters once more, sound; SIGKILL ends the first build, the second try publishes."""
    stack, notified, count = (
        published.stack,
        len(errors(published)),
        len(runs_of(published.stack, "publish_summaries")),
    )
    before, seen = publishing.current_snapshot(published.settings), len(published.webhook.accepted)
    for archive in REISSUED:
        issue_anew(published.agencies / "faers" / archive, lambda content: content)
    assert wait_for_end(stack, "land_reports", trigger(stack, "land_reports")) == "success", logs_of(stack)

    process = wait_for_builder(stack, count)
    assert os.getsid(process) == stack.processes["scheduler"].pid, "not a process of this stack"
    os.kill(process, signal.SIGKILL)
    mended = publications_ended(stack, count + 1)[-1]
    (build,) = tasks_of(stack, "publish_summaries", mended["dag_run_id"])["build"]
    assert (mended["state"], build["state"], build["try_number"]) == ("success", "success", 2), logs_of(stack)
    assert publishing.current_snapshot(published.settings) not in (before, None)
    assert len(errors(published)) == notified, "a retry that succeeds alerts nobody"
    recovered = published.wait_for_message("recovered", seen)
    assert (recovered["key"], recovered["level"]) == ("publication", "error")
    subjects = stack.wait_for("the mail", lambda: subjects_from(published.mail, 1), 240)
    assert len(subjects) == 1 and "recovered" in subjects[0].lower(), subjects


def wait_for_builder(stack: Stack, count: int) -> int:
    """The process that builds in a run of publication after the `count` first ones."""

    def find() -> int | None:
        for run in runs_of(stack, "publish_summaries")[count:]:
            (build,) = tasks_of(stack, "publish_summaries", run["dag_run_id"])["build"]
            if build["state"] == "running" and build["pid"]:
                return int(build["pid"])
        return None

    return int(stack.wait_for("the build to run", find, 240, every=0.2))


def subjects_from(mail: MailServer, seen: int) -> list[str]:
    return [str(each.parsed["Subject"]) for each in mail.accepted[seen:]]


def test_killed_scheduler_is_reported_by_the_watchdog_and_the_run_is_completed(published: PublishedStack) -> None:
    """SIGKILL ends the scheduler and the build in its hands; the watchdog reports it from outside, and once that it
    is over. The scheduler started again finishes the run."""
    stack, count = published.stack, len(runs_of(published.stack, "publish_summaries"))
    before, seen, mails = (
        publishing.current_snapshot(published.settings),
        len(published.webhook.accepted),
        len(published.mail.accepted),
    )
    services = resolved()["services"]
    command = ["python", "-m", "pipeline.cli", "watchdog"]
    assert " ".join(command) in " ".join(services["watchdog"]["command"])
    issue_anew(published.agencies / "faers" / REISSUED[0], lambda content: content, comment="issued a third time")
    assert wait_for_end(stack, "land_reports", trigger(stack, "land_reports")) == "success", logs_of(stack)
    wait_for_builder(stack, count)
    stack.kill("scheduler")

    def is_missed() -> bool:
        health = httpx.get(f"{stack.address}/api/v2/monitor/health", timeout=WEB_PATIENCE).json()
        return bool(health["scheduler"]["status"] != "healthy")

    stack.wait_for("the api-server to miss the scheduler", is_missed, 300)
    watched = stack.run("watchdog", command)
    assert watched.returncode == 3, watched.stdout + watched.stderr
    silent = published.wait_for_message("silent", seen)
    assert silent["key"] == "scheduler" and "scheduler does not run" in silent["subject"]
    assert any("scheduler does not run" in subject for subject in subjects_from(published.mail, mails))
    assert publishing.current_snapshot(published.settings) == before

    stack.start("scheduler", services["scheduler"]["command"])
    ended = publications_ended(stack, count + 1)[-1]
    assert ended["state"] == "success", logs_of(stack)
    assert publishing.current_snapshot(published.settings) not in (before, None)
    told = len(published.webhook.accepted)
    stack.run("watchdog", command)
    assert published.wait_for_message("recovered", told)["key"] == "scheduler"


def test_services_listen_on_loopback_and_require_a_login(published: PublishedStack) -> None:
    """As in the compose file: only the web page listens, and it requires the password."""
    stack = published.stack
    assert stack.listeners() == {("127.0.0.1", stack.web_port), ("127.0.0.1", stack.database_port)}
    stranger = httpx.Client(base_url=stack.address, timeout=WEB_PATIENCE)
    assert stranger.get("/api/v2/dags").status_code == 401
    assert stranger.get("/auth/token").status_code == 403
    for name, password in (("admin", "admin"), ("nightwatch", "nightwatch"), ("nightwatch", "")):
        login = {"username": name, "password": password}
        assert stranger.post("/auth/token", json=login).status_code in (400, 401)
    dags = stack.client.get("/dags").json()["dags"]
    assert {dag["dag_id"] for dag in dags} == {"land_reports", "land_studies", "land_trials", "publish_summaries"}
    assert stack.client.get("/config").status_code == 403


def test_no_secret_is_written_to_disk(published: PublishedStack) -> None:
    """The secrets of the environment are in no log, record, alert or snapshot; only the login's own file has one."""
    found = []
    for path in published.stack.folder.rglob("*"):
        if path.is_file() and path.name != "passwords.json":
            content = path.read_bytes()
            found += [(path, name) for name, secret in SECRETS.items() if secret.encode() in content]
    database = dump_database(published.stack)
    assert "COPY public.task_instance " in database
    found += [("the database", name) for name, secret in SECRETS.items() if secret in database]
    assert found == []
    passwords = published.stack.folder / "airflow" / "passwords.json"
    assert passwords.stat().st_mode & 0o077 == 0
