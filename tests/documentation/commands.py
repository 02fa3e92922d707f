"""The commands that the documentation shows, and what it shows as their output."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.resources import ROOT

DOCS = ROOT / "docs"
_BLOCK = re.compile(r"(?ms)^( *)```sh\n(.*?)^ *```$(?:\n+^ *```text\n(.*?)^ *```$)?")


@dataclass(frozen=True)
class Shown:
    """One command line of a page. output: what the page shows below it; blank where it shows nothing."""

    page: str
    line: str
    output: str

    @property
    def plain(self) -> str:
        """The command as one writes it where `nightvigil` is installed."""
        return self.line.replace(".venv/bin/nightvigil", "nightvigil")

    @property
    def query(self) -> str:
        """The query of `nightvigil sql`; blank for another command."""
        found = re.fullmatch(r'nightvigil sql (?:--format csv )?"(.*)"', self.plain)
        return found[1] if found else ""


def list_shown() -> list[Shown]:
    """Every command of every page, in order."""
    return [shown for path in sorted(DOCS.rglob("*.md")) for shown in _read(path)]


def _read(path: Path) -> Iterator[Shown]:
    page = str(path.relative_to(DOCS))
    for indent, block, output in _BLOCK.findall(path.read_text()):
        lines = [line.removeprefix(indent) for line in block.splitlines()]
        for place, line in enumerate(lines):
            yield Shown(page, line, output if place == len(lines) - 1 else "")


def run_shown(shown: Shown, home: Path, **given: str) -> subprocess.CompletedProcess[str]:
    """Run a command as it stands in a shell, on a home, with this Python in place of an installed one.

    given: further settings, by the names of their variables.
    """
    function = f'nightvigil() {{ "{sys.executable}" -m pipeline.cli "$@"; }}\n'
    settings = {"NIGHTVIGIL_HOME": str(home), "NIGHTVIGIL_PROFILE": "sample", "NIGHTVIGIL_SITE": "false"}
    return subprocess.run(
        ["bash", "-c", function + shown.plain],
        cwd=ROOT,
        env={**os.environ, **settings, **given, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )
