"""Each channel hands a message to a real server, and states why where the server does not take it."""

import shutil
import ssl
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from pipeline.alerts import chat, mail
from pipeline.alerts.channels import list_channels
from pipeline.alerts.refusal import NotAccepted
from pipeline.settings import Settings
from tests.alerts.conftest import BLOCKED
from tests.alerts.servers import DRIPS, HANGS, MailServer, WebhookServer, serve_mail


def send(settings: Settings) -> None:
    for channel in list_channels(settings):
        channel.send(BLOCKED)


def test_mail_has_text_and_html_and_an_id_that_stays(by_mail: Settings, mail_server: MailServer) -> None:
    send(by_mail)
    send(by_mail)
    first, second = mail_server.accepted
    assert first.content == second.content
    assert first.parsed["Message-ID"] == "<publication-20131102-blocked@example.org>"
    assert first.parsed["Subject"].startswith("[BLOCKED, night 3] Nightvigil: not published")
    assert (first.parsed["From"], first.parsed["To"]) == ("nightvigil@example.org", "oncall@example.org")
    assert first.parsed["Auto-Submitted"] == "auto-generated"
    assert first.parsed["Date"].datetime.isoformat() == BLOCKED.sent_at
    assert BLOCKED.command in first.part("plain").splitlines()
    assert "<pre" in first.part("html")
    assert max(map(len, first.content.splitlines())) <= 998 and first.content.isascii()


def test_each_receiver_gets_one_mail_and_a_refused_one_is_named(by_mail: Settings, mail_server: MailServer) -> None:
    channels = list_channels(by_mail.model_copy(update={"mail_to": "a@example.org, b@example.org,a@example.org"}))
    assert [channel.name for channel in channels] == ["mail to a@example.org", "mail to b@example.org"]
    channels[0].send(BLOCKED)
    mail_server.replies["RCPT"] = "550 nobody of that name"
    with pytest.raises(NotAccepted, match="550 nobody of that name") as refusal:
        channels[1].send(BLOCKED)
    assert not refusal.value.is_down
    (accepted,) = mail_server.accepted
    assert accepted.receivers == ["a@example.org"] and "b@example.org" in accepted.parsed["To"]


@pytest.mark.parametrize(
    ("command", "reply", "is_down"),
    [("CONNECT", "554 go away", True), ("DATA", "452 no room", False), ("END", "552 too large", False)],
)
def test_a_refusal_of_the_mail_server_is_quoted(
    by_mail: Settings, mail_server: MailServer, command: str, reply: str, is_down: bool
) -> None:
    mail_server.replies[command] = reply
    with pytest.raises(NotAccepted, match=reply) as refusal:
        send(by_mail)
    assert refusal.value.is_down is is_down


def test_a_server_that_fails_after_acceptance_has_accepted(by_mail: Settings, mail_server: MailServer) -> None:
    mail_server.replies["QUIT"] = "500 what"
    send(by_mail)
    assert len(mail_server.accepted) == 1


@pytest.mark.parametrize(("command", "reply"), [("CONNECT", HANGS), ("RCPT", HANGS), ("CONNECT", DRIPS)])
def test_a_mail_server_that_hangs_is_cut(
    by_mail: Settings, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch, command: str, reply: str
) -> None:
    """Also one that sends a byte now and then, so that no single read takes too long."""
    monkeypatch.setattr(mail, "SECONDS", 0.3)
    mail_server.replies[command] = reply
    began = time.monotonic()
    with pytest.raises(NotAccepted, match="did not answer") as refusal:
        send(by_mail)
    assert refusal.value.is_down and time.monotonic() - began < 10


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1 that nobody trusts yet."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl to make a certificate with")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
            "-keyout", "-", "-out", "-"]  # fmt: skip
    path.write_bytes(subprocess.run(made, check=True, capture_output=True).stdout)
    return path


@pytest.mark.parametrize("scheme", ["smtp+starttls", "smtps"])
def test_login_goes_through_tls_to_a_trusted_server_only(
    settings: Settings, certificate: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    with serve_mail(context, is_wrapped=scheme == "smtps") as server:
        given = {
            "mail_server": f"{scheme}://127.0.0.1:{server.port}",
            "mail_from": "nightvigil@example.org",
            "mail_to": "oncall@example.org",
            "mail_user": "nightvigil",
            "mail_password": SecretStr("correct horse"),
        }
        with pytest.raises(NotAccepted, match="certificate verify failed"):
            send(settings.model_copy(update=given))
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        send(settings.model_copy(update=given))
        (accepted,) = server.accepted
        assert accepted.login.startswith("AUTH PLAIN ")


def test_a_password_is_never_sent_in_the_clear(by_mail: Settings, mail_server: MailServer) -> None:
    given = {"mail_server": "smtp://mail.example.org", "mail_user": "u", "mail_password": SecretStr("p")}
    with pytest.raises(NotAccepted, match="over TLS only"):
        send(by_mail.model_copy(update=given))


def test_webhooks_get_json_with_a_key_that_stays(everywhere: Settings, webhook_server: WebhookServer) -> None:
    send(everywhere)
    assert [post.path for post in webhook_server.accepted] == ["/slack", "/teams", "/webhook"]
    assert {post.headers["Idempotency-Key"] for post in webhook_server.accepted} == {BLOCKED.message_id}
    slack, teams, webhook = webhook_server.accepted
    assert webhook.headers["Authorization"] == "Bearer bearer-token-9c1e"
    assert "Authorization" not in slack.headers
    assert slack.payload["text"].startswith("[BLOCKED, night 3]")
    assert teams.payload["attachments"][0]["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert webhook.payload["state"] == "blocked" and BLOCKED.command in webhook.payload["text"]


@pytest.mark.parametrize(("status", "is_down"), [(400, False), (404, False), (429, True), (503, True), (302, False)])
def test_an_answer_that_is_no_success_is_a_refusal_and_is_not_followed(
    everywhere: Settings, webhook_server: WebhookServer, status: int, is_down: bool
) -> None:
    webhook_server.status, webhook_server.body, webhook_server.location = status, "invalid_blocks", "/elsewhere"
    with pytest.raises(NotAccepted, match=f"answered {status}: invalid_blocks") as refusal:
        list_channels(everywhere)[1].send(BLOCKED)
    assert refusal.value.is_down is is_down
    assert webhook_server.accepted == []


def test_a_webhook_that_hangs_is_cut(
    everywhere: Settings, webhook_server: WebhookServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat, "SECONDS", 0.3)
    webhook_server.status = 0
    with pytest.raises(NotAccepted) as refusal:
        list_channels(everywhere)[1].send(BLOCKED)
    assert refusal.value.is_down


def test_an_unreachable_webhook_is_stated_without_its_address(settings: Settings) -> None:
    address = "http://127.0.0.1:1/services/T000/B000/secretsecret"
    (channel,) = list_channels(settings.model_copy(update={"slack_url": SecretStr(address)}))
    with pytest.raises(NotAccepted) as refusal:
        channel.send(BLOCKED)
    assert "secret" not in str(refusal.value) and refusal.value.is_down


def test_a_channel_wants_its_level_and_above(everywhere: Settings) -> None:
    settings = everywhere.model_copy(update={"alert_command": "/bin/cat", "slack_level": "error"})
    wanted = {
        level: {channel.kind for channel in list_channels(settings) if channel.wants(replace(BLOCKED, level=level))}
        for level in ("info", "warning", "error")
    }
    assert wanted["info"] == {"command"}
    assert wanted["warning"] == {"command", "mail", "teams", "webhook"}
    assert wanted["error"] == {"command", "mail", "teams", "webhook", "slack"}


def test_without_settings_there_is_no_channel(settings: Settings) -> None:
    assert list_channels(settings) == []
