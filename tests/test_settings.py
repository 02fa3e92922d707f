"""Settings are read from the environment, and a value that cannot be meant is refused before a run begins."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from pipeline.errors import UsageError
from pipeline.settings import Settings


def test_blank_variable_gives_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTVIGIL_THREADS", "")
    monkeypatch.setenv("NIGHTVIGIL_HOME", "")
    read = Settings.from_environment()
    assert (read.threads, read.home) == (2, Path("data"))


def test_each_type_of_setting_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "THREADS": "3",
        "FETCH_TIMEOUT": "1.5",
        "HOME": "/somewhere",
        "MEMORY_LIMIT": "2 gib",
        "MEDDRA_DIR": "meddra",
        "FAERS_URL": "null",
    }
    for name, value in given.items():
        monkeypatch.setenv(f"NIGHTVIGIL_{name}", value)
    read = Settings.from_environment()
    assert (read.threads, read.fetch_timeout, read.home) == (3, 1.5, Path("/somewhere"))
    assert (read.memory_limit, read.faers_url) == ("2 gib", "null")
    assert read.meddra_dir == Path.cwd() / "meddra"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("THREADS", "0"),
        ("THREADS", "two"),
        ("RETENTION", "0"),
        ("RETENTION_HOURS", "-1"),
        ("MEMORY_LIMIT", "banana"),
        ("MEMORY_LIMIT", "1GB; drop"),
        ("PROFILE", "large"),
        ("FAERS_FIRST_QUARTER", "2004"),
        ("FETCH_TIMEOUT", "soon"),
        ("FETCH_BUDGET", "inf"),
        ("MAIL_LEVEL", "fatal"),
        ("MAIL_SERVER", "mail.example.org"),
        ("MAIL_FROM", "x y"),
        ("MAIL_TO", "a; b"),
        ("WEB_URL", "javascript:x"),
    ],
)
def test_invalid_setting_is_refused_with_advice(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"NIGHTVIGIL_{name}", value)
    with pytest.raises(UsageError) as refusal:
        Settings.from_environment()
    assert refusal.value.where == f"environment variable NIGHTVIGIL_{name}"
    assert repr(value) in refusal.value.what
    assert refusal.value.todo.startswith("set it to a") or "one of" in refusal.value.todo


MAIL = {"SERVER": "smtps://mail.example.org", "FROM": "n@example.org", "TO": "a@example.org, b@example.org"}


def test_mail_is_set_as_a_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server without a receiver would lose every message without a word."""
    for name, value in MAIL.items():
        monkeypatch.setenv(f"NIGHTVIGIL_MAIL_{name}", value)
    assert Settings.from_environment().mail_to == MAIL["TO"]
    monkeypatch.setenv("NIGHTVIGIL_MAIL_USER", "nightvigil")
    with pytest.raises(UsageError, match="mail_password is empty"):
        Settings.from_environment()
    monkeypatch.setenv("NIGHTVIGIL_MAIL_PASSWORD", "correct horse")
    Settings.from_environment()
    monkeypatch.delenv("NIGHTVIGIL_MAIL_TO")
    with pytest.raises(UsageError, match="mail_to is empty"):
        Settings.from_environment()


@pytest.mark.parametrize("server", ["smtp://u:canary@mail.example.org", "smtp://mail.example.org/x\r\nBcc: canary@x"])
def test_a_server_with_more_than_its_name_is_refused_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, server: str
) -> None:
    monkeypatch.setenv("NIGHTVIGIL_MAIL_SERVER", server)
    with pytest.raises(UsageError) as refusal:
        Settings.from_environment()
    assert "canary" not in str(refusal.value)


def test_every_setting_documents_its_values() -> None:
    assert not [name for name, field in Settings.model_fields.items() if not field.description]


def test_settings_are_immutable_and_a_misspelt_one_is_refused() -> None:
    with pytest.raises(ValidationError):
        Settings().threads = 3  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Settings(thread=3)  # type: ignore[call-arg]
