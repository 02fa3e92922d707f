"""Nothing that a message quotes leaves its place, in any channel, header, line of a log or terminal."""

import json
import logging
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
from pydantic import SecretStr

from pipeline.alerts import queue, rendering
from pipeline.alerts.mail import make_mail
from pipeline.alerts.masking import SECRET_NAMES, make_fit
from pipeline.alerts.message import Message, Problem
from pipeline.errors import UsageError
from pipeline.settings import PREFIX, Settings
from tests.alerts.conftest import BLOCKED
from tests.alerts.payloads import PAYLOADS
from tests.alerts.servers import MailServer, WebhookServer

# What a terminal obeys, what ends a line, what is invisible or turns text round.
UNSEEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe0f\ufeff"
    "\ufff9-\uffff\U000e0000-\U000e0fff]"
)


def plant(payload: str, consequences: int = 2) -> Message:
    """A message that quotes a text wherever it may."""
    problem = Problem(*[payload] * 6, failed_count=1, checked_count=2, limit=payload, samples=(payload,) * 9)
    return replace(
        BLOCKED,
        key=payload,
        subject=payload,
        effect=payload,
        causes=(problem,),
        consequences=(problem,) * consequences,
        parts=((payload, (payload, f"  {payload}")),),
        tables=(payload,) * 3,
        who=payload,
        todo=payload,
        command=payload,
        links=(
            (payload, payload),
            (payload, f"https://nightvigil.example.org/{payload}"),
            ("x", f"javascript:{payload}"),
        ),
        about={payload: payload},
        message_id=payload,
    )


def list_texts(value: Any) -> Iterator[str]:
    """Every text of plain values."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for pair in value.items() for each in pair for text in list_texts(each))
    elif isinstance(value, list | tuple):
        yield from (text for each in value for text in list_texts(each))


class Page(HTMLParser):
    """The tags and attributes of a page, as a browser finds them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()
        self.comments: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {(name, value or "") for name, value in attrs}

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def check_html(text: str) -> None:
    page = Page(text)
    assert page.tags <= {"html", "head", "meta", "title", "body", "h1", "h2", "p", "pre", "a"}
    assert {name for name, _ in page.attributes} <= {"lang", "charset", "name", "content", "style", "href", "rel"}
    assert all(re.match("https?://", value) for name, value in page.attributes if name == "href")
    assert not any("url(" in value or "@import" in value for name, value in page.attributes if name == "style")
    assert page.comments == []


def check_text(text: str) -> None:
    """The headings are ours, in our order, and only they and the command begin a line."""
    ours = [line for line in text.splitlines() if line and not line.startswith(" ")]
    headings = [line for line in ours if re.fullmatch(r"(\d+ )?[A-Z]+( [A-Z]+)*", line)]
    expected = ["EFFECT", "CAUSE", "2 CONSEQUENCES OF IT", "PUBLISHED TABLES AFFECTED", "WHO ACTS", "WHAT TO DO"]
    assert [line for line in headings if line not in ("COMMAND TO COPY", "LINKS")][:7] == [*expected, "IDS"]


def check_mail(settings: Settings, content: bytes, message: Message, mail: Any) -> None:
    assert content.isascii() and max(map(len, content.splitlines())) <= 998
    assert set(mail.keys()) == set(make_mail(settings, BLOCKED).keys())
    assert not mail.defects and not any(mail[name].defects for name in mail if hasattr(mail[name], "defects"))
    assert mail["To"] == "oncall@example.org" and mail["From"] == "nightvigil@example.org"
    assert re.fullmatch(r"<[A-Za-z0-9._-]+@example\.org>", mail["Message-ID"])
    assert mail["Subject"].strip().startswith("[BLOCKED, night 3] Nightvigil: ") and len(mail["Subject"]) < 250
    assert not UNSEEN.search(mail["Subject"])
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def check_slack(payload: Any) -> None:
    assert len(payload["blocks"]) <= 50 and len(json.dumps(payload)) < 200_000
    assert not payload["mrkdwn"] and payload["link_names"] is False
    for text in list_texts(payload):
        assert len(text) <= 3000
        assert not re.search(r"@(channel|here|everyone)", text, re.IGNORECASE)
    for block in payload["blocks"]:
        text = block["text"]["text"]
        if block["text"]["type"] == "mrkdwn":
            assert re.fullmatch(r"<https://nightvigil\.example\.org/[^<>|]*\|[^<>|*_~`]*>", text)
        else:
            assert "<" not in text and ">" not in text
            assert not re.search(r"&(?!amp;|lt;|gt;)", text)
    assert "<" not in payload["text"]
    assert len(payload["blocks"][0]["text"]["text"]) <= 150


def check_teams(payload: Any) -> None:
    assert len(json.dumps(payload)) < 28 * 1024
    card = payload["attachments"][0]["content"]
    assert {part["type"] for part in card["body"]} == {"RichTextBlock"}  # in which markdown is text
    assert {run["type"] for part in card["body"] for run in part["inlines"]} == {"TextRun"}
    assert set(card) == {"$schema", "type", "version", "body", "actions"}  # so no `msteams`, which mentions people
    assert all(re.match("https?://", action["url"]) for action in card["actions"])
    assert not any("{{" in text or "${" in text for text in list_texts(card))


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_a_payload_stays_in_its_place_in_every_rendering(settings: Settings, payload: str) -> None:
    given = settings.model_copy(update={"mail_from": "nightvigil@example.org", "mail_to": "oncall@example.org"})
    message = make_fit(given, plant(payload))
    raw = plant(payload)  # what renders is safe without what the queue does before it
    text, html, slack, teams = (
        render(raw) for render in (rendering.to_text, rendering.to_html, rendering.to_slack, rendering.to_teams)
    )
    check_text(text)
    check_html(html)
    check_slack(slack)
    check_teams(teams)
    assert not any(UNSEEN.search(part) for part in (text, html, *list_texts(slack), *list_texts(teams)))
    assert len(text) < 300_000 and len(html) < 600_000
    mail = make_mail(given, plant(payload))
    check_mail(given, mail.as_bytes(), message, message_from_bytes(mail.as_bytes(), policy=default))
    sent = rendering.to_command(message)
    assert sent["level"] == "error"
    assert not any(UNSEEN.search(part.replace("\n", "")) for part in list_texts(sent))


def test_long_texts_in_great_number_stay_within_the_limits(settings: Settings) -> None:
    for payload in ("A" * 1_000_000, "<!channel>" * 1000):
        message = make_fit(settings, plant(payload, consequences=1000))
        assert len(rendering.to_text(message)) < 200_000
        assert "MORE THAN 29 CONSEQUENCES OF IT" in rendering.to_text(message)
        assert "and 971 more" in rendering.to_text(message)
        check_html(rendering.to_html(message))
        check_slack(rendering.to_slack(message))
        check_teams(rendering.to_teams(message))


def test_payloads_stay_in_their_place_on_the_way(
    everywhere: Settings,
    mail_server: MailServer,
    webhook_server: WebhookServer,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """All of them through the queue to real servers, the command and the log."""
    keep = tmp_path / "keep.py"
    keep.write_text("import sys; print(sys.stdin.read(), file=open(sys.argv[1], 'a'))")
    command = f"'{sys.executable}' -I '{keep}' '{tmp_path / 'sent'}'"
    settings = everywhere.model_copy(update={"alert_command": command})
    some = PAYLOADS[:60:10]
    with caplog.at_level(logging.DEBUG):
        for payload in some:
            queue.enqueue(settings, plant(payload))
        assert all(attempt.is_accepted for attempt in queue.deliver(settings))
    assert len(mail_server.accepted) == len(some)
    for mail in mail_server.accepted:
        assert mail.receivers == ["oncall@example.org"]
        check_mail(settings, mail.content, BLOCKED, mail.parsed)
    assert len(webhook_server.accepted) == 3 * len(some)
    for post in webhook_server.accepted:
        assert re.fullmatch(r"[A-Za-z0-9._-]+", post.headers["Idempotency-Key"])
        assert len(post.headers) == len(webhook_server.accepted[0].headers) or "Authorization" in post.headers
    assert len((tmp_path / "sent").read_text().splitlines()) == len(some)
    assert not Path("/tmp/taken").exists()  # noqa: S108 - where the payload would put it
    for record in caplog.records:
        assert not UNSEEN.search(record.getMessage()) and "\n" not in record.getMessage()
    for path in (settings.home / "alerts" / "sent").iterdir():
        assert re.fullmatch(r"[A-Za-z0-9._-]+\.json", path.name) and not UNSEEN.search(path.read_text())


def test_what_a_server_answers_is_made_safe_too(
    by_mail: Settings, mail_server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    mail_server.replies["RCPT"] = "550 \x1b]0;owned\x07 \u202e no"
    queue.enqueue(by_mail, BLOCKED)
    (attempt,) = queue.deliver(by_mail)
    assert not UNSEEN.search(attempt.problem) and not UNSEEN.search(caplog.text.replace("\n", ""))


CANARIES = {
    **{f"SOME_{name}": f"canary-{number}-of-{name.lower()}" for number, name in enumerate(SECRET_NAMES)},
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "postgresql://airflow:canary-of-the-database@db/airflow",
    "HTTPS_PROXY_OF_THE_TEST": "http://user:canary-of-the-proxy@proxy.example.org:3128",
    "PGPASSWORD": 'canary "quoted" \\ line\nsecond canary line',
}


DIGEST = {
    f"digest_{name}": SecretStr(f"https://hooks.example.org/canary-of-the-digest-{name}")
    for name in ("slack_url", "teams_url", "webhook_url", "webhook_token")
}


def list_secrets(everywhere: Settings) -> dict[str, SecretStr]:
    fields = [name for name in Settings.model_fields if isinstance(getattr(everywhere, name), SecretStr)]
    assert set(fields) == {"mail_password", "slack_url", "teams_url", "webhook_url", "webhook_token", *DIGEST}
    return {name: getattr(everywhere, name) for name in fields}


def test_secrets_of_every_variable_are_in_nothing_that_leaves_or_stays(
    everywhere: Settings,
    mail_server: MailServer,
    webhook_server: WebhookServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A message quotes each of them, as it is and as an address or a program would quote it."""
    folder = everywhere.home.parent
    for name, value in CANARIES.items():
        monkeypatch.setenv(name, value)
    keep = folder / "keep.py"
    keep.write_text(
        "import os, sys\nopen(sys.argv[1], 'a').write(sys.stdin.read() + ' '.join(map('='.join, os.environ.items())))"
    )
    command = f"'{sys.executable}' -I '{keep}' '{folder / 'sent'}' --token canary-of-the-hook"
    update = {"alert_command": command, "mail_user": "u", "mail_password": SecretStr("canary-of-the-mail")}
    update |= DIGEST
    settings = everywhere.model_copy(update=update)
    for name, secret in list_secrets(settings).items():
        monkeypatch.setenv(f"{PREFIX}{name.upper()}", secret.get_secret_value())
    monkeypatch.setenv("NIGHTVIGIL_ALERT_COMMAND", command)
    secrets = [
        *CANARIES.values(),
        *(secret.get_secret_value() for secret in list_secrets(settings).values()),
        command,
    ]
    said = " ".join(f"{secret} {secret!r} {json.dumps(secret)}" for secret in secrets)
    quoted = f"{quote_plus(CANARIES['PGPASSWORD'])} and https://user:canary-in-an-address@example.org/x"
    with caplog.at_level(logging.DEBUG):
        queue.enqueue(
            settings,
            replace(
                BLOCKED,
                subject=secrets[0],
                causes=tuple(Problem(secret, where=f"{secret!r}") for secret in secrets),
                todo=said[:500],
                effect=quoted,
                command=" ".join(secrets)[:1500],
            ),
        )
        assert all(attempt.is_accepted for attempt in queue.deliver(settings))
        webhook_server.status, webhook_server.body = 400, " ".join(secrets[-4:])
        queue.enqueue(settings, replace(BLOCKED, message_id="second"))
        queue.deliver(settings)
    kept = [path.read_text() for path in (settings.home / "alerts").rglob("*.json")]
    mails = [
        mail.part(kind) + str(mail.parsed["Subject"]) for mail in mail_server.accepted for kind in ("plain", "html")
    ]
    posts = [post.content.decode() for post in webhook_server.accepted]
    heard = "\n".join([*kept, *mails, *posts, (folder / "sent").read_text(), caplog.text])
    assert "***" in heard and len(mails) == 4 and len(posts) == 3
    assert not re.findall(r"canary[^*]{0,30}", heard)
    for secret in list_secrets(settings).values():
        assert secret.get_secret_value() not in heard


def test_settings_show_no_secret(everywhere: Settings) -> None:
    settings = everywhere.model_copy(
        update={"mail_password": SecretStr("canary-1"), "webhook_token": SecretStr("canary-2")}
    )
    assert "canary" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


@pytest.mark.parametrize("name", ["SLACK_URL", "TEAMS_URL", "WEBHOOK_URL"])
def test_a_refused_secret_is_not_shown(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"NIGHTVIGIL_{name}", "ftp://canary")
    with pytest.raises(UsageError) as refusal:
        Settings.from_environment()
    assert "canary" not in f"{refusal.value}" and os.environ[f"NIGHTVIGIL_{name}"] == "ftp://canary"
