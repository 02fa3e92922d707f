"""A commit in a folder of its own with the packages it locks, and what it publishes about given input files."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


class CommandFailed(Exception):
    """A command of a checkout ended with an error; the message holds the command, its folder and its last lines."""


@dataclass(frozen=True)
class Checkout:
    """A commit that is checked out and set up. label: a folder name that is different for each checkout."""

    folder: Path
    commit: str
    label: str

    def run_python(self, *arguments: str) -> None:
        run([str(self.folder / ".venv" / "bin" / "python"), *arguments], self.folder)


@contextmanager
def open_checkout(project: Path, revision: str) -> Iterator[Checkout]:
    """Check out a revision as a git worktree and make its environment; both are removed at the end."""
    commit = run(["git", "rev-parse", "--verify", f"{revision}^{{commit}}"], project).strip()
    parent = Path(tempfile.mkdtemp(prefix="checkout-"))
    folder = parent / "project"
    run(["git", "worktree", "add", "--detach", str(folder), commit], project)
    try:
        run(["make", "setup"], folder)
        yield Checkout(folder, commit, f"{commit[:12]}-{parent.name}")
    finally:
        run(["git", "worktree", "remove", "--force", str(folder)], project)
        shutil.rmtree(parent)


def publish(checkout: Checkout, inputs: Path, home: Path) -> Path:
    """Run `nightvigil nightly` on a copy of the input files; return the folder of published Parquet files."""
    shutil.copytree(inputs, home / "inbox")  # keeps the times of the files, which decide the order of landing
    agencies = {"NIGHTVIGIL_SITE": "false", "NIGHTVIGIL_FAERS_URL": "", "NIGHTVIGIL_CLINICALTRIALS_URL": ""}
    command = [str(checkout.folder / ".venv" / "bin" / "nightvigil"), "nightly"]
    run(command, checkout.folder, {"NIGHTVIGIL_HOME": str(home), **agencies})
    return home / "published" / "current" / "tables"


def run(command: list[str], folder: Path, settings: dict[str, str] | None = None) -> str:
    """Run a command in a folder and return its output; raise CommandFailed when its exit status is not 0.

    No setting of this process reaches it: a PYTHONPATH would make both checkouts import one package.
    """
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("NIGHTVIGIL_", "PYTHONPATH"))}
    done = subprocess.run(
        command, cwd=folder, env={**kept, **(settings or {})}, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        last = "\n".join((done.stdout + done.stderr).splitlines()[-30:])
        raise CommandFailed(f"exit status {done.returncode} of {' '.join(command)} in {folder}:\n{last}")
    return done.stdout
