"""A copy of the project to be edited as `docs/how-to/change.md` says, and a run of it on the invented world."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
COPIED = ("pipeline", "sql", "expectations", "dags", "requirements.lock", "README.md")


@dataclass
class ProjectCopy:
    """The copied project in `folder / "project"`. edited: the files changed or made, in the order of the edits."""

    folder: Path
    edited: list[str] = field(default_factory=list)

    @classmethod
    def make(cls, folder: Path) -> "ProjectCopy":
        for name in COPIED:
            source, target = PROJECT / name, folder / "project" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)
        return cls(folder)

    @property
    def project(self) -> Path:
        return self.folder / "project"

    @property
    def home(self) -> Path:
        return self.folder / "data"

    @property
    def quality(self) -> dict[str, Any]:
        """The verdict of the latest run: published or refused."""
        path = max((self.home / "runs").glob("*/quality.json"))
        verdict: dict[str, Any] = json.loads(path.read_text())
        return verdict

    def write(self, path: str, text: str) -> None:
        """Write a new file."""
        target = self.project / path
        assert not target.exists(), f"{path} is there already"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        self._record(path)

    def append(self, path: str, *lines: str) -> None:
        """Append lines to a file."""
        target = self.project / path
        text = target.read_text()
        target.write_text(text + ("" if text.endswith("\n") else "\n") + "".join(f"{line}\n" for line in lines))
        self._record(path)

    def replace(self, path: str, before: str, after: str) -> None:
        """Replace a text that is in the file exactly once."""
        target = self.project / path
        text = target.read_text()
        assert text.count(before) == 1, f"{before!r} is {text.count(before)} times in {path}"
        target.write_text(text.replace(before, after))
        self._record(path)

    def _record(self, path: str) -> None:
        if path not in self.edited:
            self.edited.append(path)

    def deposit(self, world: Path) -> None:
        """Copy the deliveries of an invented world into the inbox."""
        for source in ("faers", "clinicaltrials"):
            shutil.copytree(world / source, self.home / "inbox" / source, dirs_exist_ok=True)

    def run(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run the command line of the copy, and of nothing else; no agency is asked."""
        environment = {
            **{name: text for name, text in os.environ.items() if not name.startswith("NIGHTVIGIL_")},
            "PYTHONPATH": str(self.project),
            "NIGHTVIGIL_HOME": str(self.home),
            "NIGHTVIGIL_SITE": "false",
            **{f"NIGHTVIGIL_{name.upper()}": text for name, text in settings.items()},
        }
        command = [sys.executable, "-m", "pipeline.cli", *arguments]
        return subprocess.run(command, cwd=self.project, env=environment, capture_output=True, text=True, check=False)

    def publish(self, **settings: str) -> None:
        """Run `nightvigil nightly`; fail unless it published."""
        done = self.run("nightly", **settings)
        assert done.returncode == 0, done.stderr[-3000:]

    def ask(self, query: str) -> list[dict[str, Any]]:
        """Rows of the live snapshot."""
        done = self.run("sql", query, "--format", "json")
        assert done.returncode == 0, done.stderr[-3000:]
        rows: list[dict[str, Any]] = json.loads(done.stdout)
        return rows

    def find_failed(self) -> dict[tuple[str, str], Any]:
        """The rules of the latest run that failed, by suite and rule."""
        results = self.quality["results"]
        return {(each["suite"], each["rule"]): each for each in results if each["outcome"] == "failed"}

    def find_rules(self, table: str) -> list[str]:
        """The rules that the latest run evaluated on a table."""
        return [each["rule"] for each in self.quality["results"] if each["suite"] == table]
