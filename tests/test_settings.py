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
    ],
)
def test_invalid_setting_is_refused_with_advice(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"NIGHTVIGIL_{name}", value)
    with pytest.raises(UsageError) as refusal:
        Settings.from_environment()
    assert refusal.value.where == f"environment variable NIGHTVIGIL_{name}"
    assert repr(value) in refusal.value.what
    assert refusal.value.todo.startswith("set it to a") or "one of auto" in refusal.value.todo


def test_every_setting_documents_its_values() -> None:
    assert not [name for name, field in Settings.model_fields.items() if not field.description]


def test_settings_are_immutable_and_a_misspelt_one_is_refused() -> None:
    with pytest.raises(ValidationError):
        Settings().threads = 3  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Settings(thread=3)  # type: ignore[call-arg]
