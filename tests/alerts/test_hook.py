"""The alert command gets one JSON object, is never a shell's, inherits no secret, and is ended when it hangs."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.alerts.channels import list_channels
from pipeline.alerts.refusal import NotAccepted
from pipeline.settings import Settings
from tests.alerts.conftest import BLOCKED

KEEP = "import sys; open(sys.argv[1], 'w').write(sys.stdin.read())"


@pytest.fixture
def hook(settings: Settings, tmp_path: Path) -> Callable[[str], Settings]:
    """Settings whose alert command is this Python text."""

    def with_text(text: str) -> Settings:
        script = tmp_path / "the hook.py"
        script.write_text(text)
        return settings.model_copy(
            update={"alert_command": f"'{sys.executable}' '{script}' {tmp_path / 'sent.json'}"}
        )

    return with_text


def send(settings: Settings, message: object = BLOCKED) -> None:
    (channel,) = list_channels(settings)
    channel.send(message)


def test_the_command_gets_one_object_with_the_fields_it_has_always_had(
    hook: Callable[[str], Settings], tmp_path: Path
) -> None:
    send(hook(KEEP))
    sent = json.loads((tmp_path / "sent.json").read_text())
    assert {name: sent[name] for name in ("level", "what", "where", "touches", "todo", "about", "sent_at")} == {
        "level": "error",
        "what": BLOCKED.causes[0].what,
        "where": "delivery faers-2013Q2-0f3a",
        "touches": BLOCKED.effect,
        "todo": BLOCKED.todo,
        "about": dict(BLOCKED.about),
        "sent_at": BLOCKED.sent_at,
    }
    assert (sent["state"], sent["command"], sent["nights"]) == ("blocked", BLOCKED.command, 3)
    assert BLOCKED.command in sent["text"].splitlines()


def test_a_message_is_not_interpreted_as_a_command(hook: Callable[[str], Settings], tmp_path: Path) -> None:
    """A file named like a shell command arrives as its name."""
    name = f'$(touch {tmp_path}/taken); `id` && "quotes"'
    send(hook(KEEP), replace(BLOCKED, effect=name))
    assert json.loads((tmp_path / "sent.json").read_text())["touches"] == name
    assert not (tmp_path / "taken").exists()


def test_the_command_inherits_only_what_is_no_secret(
    hook: Callable[[str], Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AIRFLOW__CORE__FERNET_KEY", "POSTGRES_PASSWORD", "NIGHTVIGIL_MAIL_PASSWORD", "ANYTHING"):
        monkeypatch.setenv(name, "canary-5f0c2a")
    monkeypatch.setenv("NIGHTVIGIL_HOME", "/somewhere")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    send(hook("import json, os, sys; json.dump(dict(os.environ), open(sys.argv[1], 'w'))"))
    inherited = json.loads((tmp_path / "sent.json").read_text())
    assert inherited["NIGHTVIGIL_HOME"] == "/somewhere" and inherited["LC_ALL"] == "C.UTF-8" and inherited["PATH"]
    assert "canary-5f0c2a" not in inherited.values()


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("/no/such/hook --token canary", "could not be started"),
        ("'unbalanced", "could not be started"),
        ("/bin/false", "ended with 1"),
        ("/", "could not be started"),
        ("''", "could not be started"),
    ],
    ids=["absent", "unreadable", "failing", "a folder", "empty"],
)
def test_a_command_that_fails_has_not_accepted(settings: Settings, command: str, reason: str) -> None:
    with pytest.raises(NotAccepted, match=reason) as refusal:
        send(settings.model_copy(update={"alert_command": command}))
    assert "canary" not in str(refusal.value)


def test_a_command_that_hangs_is_ended_with_its_children(
    hook: Callable[[str], Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A grandchild that keeps the hook's output open must not hold up the sender."""
    monkeypatch.setattr("pipeline.alerts.hook.SECONDS", 1)
    text = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen(['sleep', '60'])\n"
        "open(sys.argv[1], 'w').write(str(child.pid))\n"
        "time.sleep(60)"
    )
    began = time.monotonic()
    with pytest.raises(NotAccepted, match="did not end in 1 s"):
        send(hook(text))
    assert time.monotonic() - began < 45, "left alone, both sleep for 60 s"
    grandchild = int((tmp_path / "sent.json").read_text())
    state = Path(f"/proc/{grandchild}/stat")
    for _ in range(300):
        if not state.exists() or state.read_text().split()[2] == "Z":
            return
        time.sleep(0.1)
    raise AssertionError("the hook's child still runs")
