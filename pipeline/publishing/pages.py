"""The analysts' pages of a snapshot: made while it is staged, in a process of their own, and live with its data.

Data wait for pages no longer than `site_timeout` seconds. Pages that fail, hang or are killed are left out whole: the
snapshot goes live without them, and the record of the run, a metric and its message say so.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from pipeline import runs
from pipeline.errors import NightvigilError
from pipeline.publishing.candidates import list_limits
from pipeline.publishing.current import snapshot_path
from pipeline.runs import PAGES_PHASE
from pipeline.settings import Settings

SITE, FIRST_PAGE, QUALITY_PAGE = "site", "index.html", "quality.html"
LOG = "pages.log"
COMMAND = (sys.executable, "-m", "pipeline.site")


def find_first_page(settings: Settings, snapshot_id: str) -> Path | None:
    """The page that a reader of a published snapshot opens first; None where it has no pages."""
    path = snapshot_path(settings, snapshot_id) / SITE / FIRST_PAGE
    return path if path.is_file() else None


def find_quality_page(settings: Settings, snapshot_id: str) -> Path | None:
    """The page about the rules of a published snapshot, else its first page; None where it has no pages."""
    first = find_first_page(settings, snapshot_id)
    quality = first and first.with_name(QUALITY_PAGE)
    return quality if quality and quality.is_file() else first


def add_pages(settings: Settings, run_id: str, folder: Path, files: Collection[str]) -> bool:
    """Make the pages of the snapshot staged in `folder`; return whether it has them now.

    files: the names of its other files, relative to it. Nothing but these and whole pages is left in the folder.
    """
    if not settings.site:
        return False
    runs.begin_phase(settings, run_id, PAGES_PHASE)
    try:
        problem = _run(settings, folder, settings.runs / run_id / LOG)
    except OSError as error:  # no process could be started, or the disk is full
        problem = str(error)
    finally:
        _remove_others(folder, {*files, SITE})
    if problem is None and not (folder / SITE / FIRST_PAGE).is_file():
        problem = "no first page was made"
    if problem is not None:
        shutil.rmtree(folder / SITE, ignore_errors=True)
    pages = len(list((folder / SITE).glob("*.html")))
    runs.end_phase(
        settings,
        run_id,
        PAGES_PHASE,
        page_count=pages,
        problem=problem and _explain(settings, run_id, problem).to_json(),
    )
    return problem is None


def _run(settings: Settings, folder: Path, log: Path) -> str | None:
    """Run the process that makes the pages, until it is gone; return what went wrong, or None."""
    task = {
        "snapshot": str(folder),
        "target": str(folder / SITE),
        "is_suppressed": settings.export_suppress,
        "limits": list_limits(settings),
    }
    with log.open("wb") as output:
        process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=output, stderr=output, process_group=0)
    try:
        assert process.stdin is not None  # noqa: S101 - it was asked for
        with suppress(BrokenPipeError):  # how the process ended says why
            process.stdin.write(f"{json.dumps(task)}\n".encode())
            process.stdin.flush()  # stays open: its end tells the process that nobody waits for it
        process.wait(settings.site_timeout)
    except subprocess.TimeoutExpired:
        return f"they were not finished within {settings.site_timeout:g} s"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        with suppress(OSError):
            process.stdin.close()  # type: ignore[union-attr]  # as above
    if process.returncode == 0:
        return None
    how = f"was ended by signal {-process.returncode}" if process.returncode < 0 else "failed"
    lines = log.read_text(errors="replace").strip().splitlines()
    return f"the process that makes them {how}: {lines[-1] if lines else 'it wrote nothing'}"


def _remove_others(folder: Path, kept: Collection[str]) -> None:
    """Remove what an ended process left beside the files of the snapshot, such as a draft."""
    for path in folder.iterdir():
        if path.name not in {Path(name).parts[0] for name in kept}:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _explain(settings: Settings, run_id: str, problem: str) -> NightvigilError:
    return NightvigilError(
        f"the pages of snapshot {run_id} were not made, its data are live without them: {problem}",
        where=str(settings.runs / run_id / LOG),
        todo="read that log; `nightvigil report` makes the pages outside the snapshot, and the next run tries again "
        "(NIGHTVIGIL_SITE_TIMEOUT is the time that they may take)",
    )
