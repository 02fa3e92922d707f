"""The command hook gets one JSON object, nothing of which becomes a command; one that fails is stated as such."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.alerts import hook
from pipeline.alerts.refusal import NotAccepted

KEEP = "import sys; open(sys.argv[1], 'w').write(sys.stdin.read())"


@pytest.fixture
def command(tmp_path: Path) -> Callable[[str], str]:
    """A command that runs this Python text."""

    def with_text(text: str) -> str:
        script = tmp_path / "the hook.py"
        script.write_text(text)
        return f"'{sys.executable}' '{script}' {tmp_path / 'sent.json'}"

    return with_text


def test_message_is_not_interpreted_as_command(command: Callable[[str], str], tmp_path: Path) -> None:
    """A file named like a shell command arrives as its name."""
    name = f'$(touch {tmp_path}/taken); `id` && "quotes" \n second line'
    hook.call_hook(command(KEEP), {"subject": name})
    assert json.loads((tmp_path / "sent.json").read_text()) == {"subject": name}
    assert not (tmp_path / "taken").exists()


@pytest.mark.parametrize(
    "wrong",
    ["/no/such/hook", "'unbalanced", "/bin/false", "/", "''"],
    ids=["absent", "unreadable", "failing", "a folder", "empty"],
)
def test_failing_hook_is_stated(wrong: str) -> None:
    with pytest.raises(NotAccepted):
        hook.call_hook(wrong, {"subject": "rule failed"})


def test_hanging_hook_is_ended_with_its_children(
    command: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A grandchild that keeps the hook's output open must not hold up the sender."""
    monkeypatch.setattr(hook, "SECONDS", 1)
    text = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen(['sleep', '60'])\n"
        "open(sys.argv[1], 'w').write(str(child.pid))\n"
        "time.sleep(60)"
    )
    began = time.monotonic()
    with pytest.raises(NotAccepted):
        hook.call_hook(command(text), {})
    assert time.monotonic() - began < 10
    state = Path(f"/proc/{(tmp_path / 'sent.json').read_text()}/stat")
    for _ in range(50):
        if not state.exists() or state.read_text().split()[2] == "Z":
            return
        time.sleep(0.1)
    raise AssertionError("the hook's child still runs")


def test_hook_inherits_no_secret(
    command: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = "canary-5f0c2a"
    for name in ("AIRFLOW__CORE__FERNET_KEY", "POSTGRES_PASSWORD", "NIGHTVIGIL_MAIL_PASSWORD"):
        monkeypatch.setenv(name, canary)
    hook.call_hook(command("import os, sys; open(sys.argv[1], 'w').write(repr(dict(os.environ)))"), {})
    assert canary not in (tmp_path / "sent.json").read_text()
