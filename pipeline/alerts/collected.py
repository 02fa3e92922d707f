"""What the tasks of one Airflow run have to say, kept until the run has ended: then it goes out as one message."""

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipeline import runs
from pipeline.alerts.incidents import fingerprint
from pipeline.alerts.masking import make_fit
from pipeline.alerts.message import Message
from pipeline.settings import Settings


@dataclass(frozen=True)
class Collected:
    """The messages of one run. about: the DAG and the run."""

    folder: Path
    about: Mapping[str, str]
    messages: list[Message]

    def forget(self) -> None:
        """Remove them, once they were told."""
        shutil.rmtree(self.folder, ignore_errors=True)


def collect(settings: Settings, message: Message) -> None:
    """Keep a message of a task until its run has ended. The same said by two attempts is kept once."""
    fit = make_fit(settings, message)
    folder = _folder(settings, message.about)
    runs.write_json(folder / f"{fingerprint(fit)}.json", fit.to_json())


def read_collected(settings: Settings, about: Mapping[str, str]) -> Collected:
    """What the tasks of a run have said so far."""
    return _read(_folder(settings, about), about)


def find_left_over(settings: Settings, before: datetime) -> list[Collected]:
    """What runs have said, the last of it before a moment, and nobody told: the end of the run was never reported."""
    found = []
    for folder in sorted((settings.home / "alerts" / "collected").glob("*")):
        latest = max((path.stat().st_mtime for path in folder.glob("*.json")), default=folder.stat().st_mtime)
        if latest < before.timestamp():
            found.append(_read(folder, {"dag_run": folder.name}))
    return found


def _read(folder: Path, about: Mapping[str, str]) -> Collected:
    # By time: what was said first is likely to be the cause of the rest.
    paths = sorted(folder.glob("*.json"), key=lambda path: (path.stat().st_mtime_ns, path.name))
    return Collected(folder, about, [Message.from_json(json.loads(path.read_bytes())) for path in paths])


def _folder(settings: Settings, about: Mapping[str, str]) -> Path:
    name = re.sub(r"[^A-Za-z0-9_.+-]", "-", f"{about['dag']}--{about['dag_run']}")
    return settings.home / "alerts" / "collected" / name[:200]
