"""Pages of a site as one PDF, printed by the Chromium of this machine from a draft that is removed afterwards."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pipeline.errors import NightvigilError, UsageError
from pipeline.site.build import RECORD

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-pdf-header-footer",
)
TIMEOUT = 900
"""Seconds, for a site of some hundred pages on a busy machine."""
CONTENT, END = '<main id="content">', "</main>"
LINK = re.compile(r' href="([a-z0-9-]+)\.html(?:#[^"]*)?"')


def print_site(site: Path, target: Path, pages: Sequence[str] = (), chromium: Path | None = None) -> list[str]:
    """Print pages of a finished site into one PDF, each from a new sheet on, and return their paths.

    pages: names as in the address, with or without `.html`; none stands for all. chromium: the program; without it,
    one that is installed under a usual name. Raises UsageError where a page or the program is not there,
    NightvigilError where it does not print.
    """
    listed: list[str] = json.loads((site / RECORD).read_text())["pages"]
    chosen = _choose(listed, pages)
    program = find_chromium(chromium)
    with tempfile.TemporaryDirectory(prefix="nightvigil-print-") as name:
        draft = Path(name)
        shutil.copytree(site / "static", draft / "site" / "static", ignore=shutil.ignore_patterns("*.js", "charts"))
        whole = draft / "site" / "whole.html"
        whole.write_text(join_pages({path: (site / path).read_text() for path in chosen}))
        _print(program, whole, draft)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(draft / "printed.pdf", target)
    return chosen


def find_chromium(chromium: Path | None) -> str:
    """The path of the program that prints. Raises UsageError where there is none."""
    names = (str(chromium),) if chromium else NAMES
    if found := next(filter(None, map(shutil.which, names)), None):
        return found
    raise UsageError(
        "a PDF is printed by Chromium, which is not installed",
        where=", ".join(names),
        todo="install it (Debian: apt-get install chromium) or set NIGHTVIGIL_CHROMIUM to its path; "
        "any browser prints the pages as well",
    )


def join_pages(pages: dict[str, str]) -> str:
    """The contents of pages below each other within the first page's header and footer.

    Links between them lead to their place in the document.
    """
    first = next(iter(pages.values()))
    head, foot = first.partition(CONTENT)[0], first.rpartition(END)[2]
    stems = {path.removesuffix(".html") for path in pages}
    parts = [
        f'<main class="sheet" id="page-{path.removesuffix(".html")}">'
        + text.partition(CONTENT)[2].rpartition(END)[0]
        + END
        for path, text in pages.items()
    ]
    whole = head + "\n".join(parts) + foot
    return LINK.sub(lambda link: f' href="#page-{link[1]}"' if link[1] in stems else link[0], whole)


def _choose(listed: Sequence[str], pages: Sequence[str]) -> list[str]:
    wanted = [f"{page.removesuffix('.html')}.html" for page in pages]
    if unknown := [path for path in wanted if path not in listed]:
        raise UsageError(
            f"the site has no page {', '.join(unknown)}", where="--page", todo=f"name some of: {', '.join(listed)}"
        )
    return [path for path in listed if path in wanted] or list(listed)


def _print(program: str, page: Path, draft: Path) -> None:
    command = [program, *FLAGS, f"--user-data-dir={draft / 'profile'}", f"--print-to-pdf={draft / 'printed.pdf'}"]
    if os.geteuid() == 0:
        command.append("--no-sandbox")  # Chromium does not start as root with one, as in a container
    try:
        done = subprocess.run([*command, page.as_uri()], capture_output=True, text=True, timeout=TIMEOUT, check=False)
        said = done.stderr.strip()[-500:]
    except (OSError, subprocess.TimeoutExpired) as error:
        said = str(error)
    if not (draft / "printed.pdf").is_file():
        raise NightvigilError(
            f"Chromium printed nothing: {said}",
            where=program,
            todo="print the pages from a browser, or name another program in NIGHTVIGIL_CHROMIUM",
        )
