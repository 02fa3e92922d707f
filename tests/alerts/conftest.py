"""A mail server, a webhook receiver, and settings that send to them."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from pipeline.alerts.message import Message, Problem
from pipeline.settings import Settings
from tests.alerts.servers import MailServer, WebhookServer, serve_mail, serve_webhook

BLOCKED = Message(
    key="publication",
    state="blocked",
    level="error",
    subject="not published, a re-issue of 2013Q2 holds a tenth of its cases",
    effect="Nothing new was published; readers still see the snapshot of 1 November.",
    causes=(
        Problem(
            "The re-issue of 2013Q2 holds 346 cases; the delivery it replaces held 3,491.",
            where="delivery faers-2013Q2-0f3a",
            rule="delivery.faers: a re-issue keeps at least nine tenths",
            earlier="3,491 cases",
            now="346 cases",
            failed_count=1,
            checked_count=44,
            limit="no row may fail",
            samples=("2013Q2, case_count 346",),
        ),
    ),
    consequences=(
        Problem(
            "fewer pairs are reported than before",
            where="summary.reported",
            earlier="12,244",
            now="1,140",
            failed_count=11104,
        ),
        Problem(
            "12 cases now, 91 before",
            rule="summary.signal: signals keep their cases",
            earlier="91",
            now="12",
            override="by the steward until 2013-12-01",
        ),
    ),
    tables=("summary.reported", "summary.signal"),
    who="the data steward",
    todo="Ask the agency whether the file is complete.",
    command="nightvigil override 'delivery.faers.a re-issue keeps at least nine tenths' --reason R --by B "
    "--expires 2013-12-01",
    links=(("The run", "https://nightvigil.example.org/runs/7"), ("Quality page", "/data/runs/7/quality.html")),
    about={"run": "20131102T010203Z-ab12cd", "snapshot": "20131101T010203Z-ab12cd"},
    nights=3,
    message_id="publication-20131102-blocked",
    sent_at="2013-11-02T01:09:00+00:00",
)


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with serve_mail() as server:
        yield server


@pytest.fixture
def webhook_server() -> Iterator[WebhookServer]:
    with serve_webhook() as server:
        yield server


@pytest.fixture
def by_mail(settings: Settings, mail_server: MailServer) -> Settings:
    """Settings with one channel, a mail to one receiver."""
    given = {
        "mail_server": f"smtp://127.0.0.1:{mail_server.port}",
        "mail_from": "nightvigil@example.org",
        "mail_to": "oncall@example.org",
    }
    return settings.model_copy(update=given)


@pytest.fixture
def everywhere(by_mail: Settings, webhook_server: WebhookServer) -> Settings:
    """Settings with mail and all three webhooks."""
    paths = {f"{name}_url": SecretStr(webhook_server.address(f"/{name}")) for name in ("slack", "teams", "webhook")}
    return by_mail.model_copy(update={**paths, "webhook_token": SecretStr("bearer-token-9c1e")})
