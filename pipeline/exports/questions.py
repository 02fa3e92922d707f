"""The questions that analysts ask first, each with the queries or commands that answer it: `questions.yaml`."""

from dataclasses import dataclass
from pathlib import Path

import yaml

QUESTIONS = Path(__file__).with_name("questions.yaml")


@dataclass(frozen=True)
class KnownQuestion:
    """A question in words. queries: SQL to ask a snapshot. commands: for a shell, where SQL does not answer it."""

    text: str
    queries: tuple[str, ...]
    commands: tuple[str, ...]


def read_questions() -> list[KnownQuestion]:
    """The questions in their order."""
    listed = yaml.safe_load(QUESTIONS.read_text(encoding="utf-8"))
    return [
        KnownQuestion(
            entry["question"],
            tuple(query.strip() for query in entry.get("queries", ())),
            tuple(command.strip() for command in entry.get("commands", ())),
        )
        for entry in listed
    ]
