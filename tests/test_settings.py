"""Settings are read from the environment, and one that cannot be meant is refused before a night begins."""

from pathlib import Path

import pytest

from pipeline.errors import UsageError
from pipeline.settings import Settings


def test_a_blank_variable_is_the_default() -> None:
    assert Settings.from_environment({"NIGHTVIGIL_THREADS": "", "NIGHTVIGIL_HOME": ""}) == Settings()


def test_each_kind_of_value_is_read() -> None:
    read = Settings.from_environment(
        {"NIGHTVIGIL_THREADS": "3", "NIGHTVIGIL_FETCH_TIMEOUT": "1.5", "NIGHTVIGIL_HOME": "/somewhere"}
    )
    assert (read.threads, read.fetch_timeout, read.home) == (3, 1.5, Path("/somewhere"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("THREADS", "0"),
        ("THREADS", "two"),
        ("RETENTION", "0"),
        ("MEMORY_LIMIT", "banana"),
        ("PROFILE", "large"),
        ("FAERS_FIRST_QUARTER", "2004"),
        ("FETCH_TIMEOUT", "soon"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_set(name: str, value: str) -> None:
    with pytest.raises(UsageError) as refusal:
        Settings.from_environment({f"NIGHTVIGIL_{name}": value})
    assert name in refusal.value.where
    assert value in refusal.value.what
    assert "<class" not in refusal.value.todo
