"""Starts the judge in a process of its own, and believes nothing but a whole verdict.

Great Expectations holds the DuckDB file open and needs hundreds of megabytes of imports: neither belongs in the
process that builds or publishes. The imports take as long as the rules of a small run, so that a judge may be
started while the candidate is built; it reads nothing before it is handed its task.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import NightvigilError
from pipeline.quality.verdict import Verdict, closed_verdict, read_verdict, write_verdict
from pipeline.settings import Settings

TIMEOUT_SECONDS = 3600
LOG = "judge.log"
WaitingJudge = subprocess.Popen[bytes]


@contextmanager
def waiting_judge(run_dir: Path) -> Iterator[WaitingJudge]:
    """A judge that waits for its task; it is ended with the block, whether or not it was given one."""
    process = _start(run_dir)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def judge(
    settings: Settings,
    candidate: Path,
    run_dir: Path,
    parent: Path | None,
    *,
    timeout: float = TIMEOUT_SECONDS,
    waiting: WaitingJudge | None = None,
    carried_tables: Sequence[str] = (),
) -> Verdict:
    """Judge the candidate and leave quality.json in run_dir; parent: the live snapshot's database, or None.

    carried_tables: what the candidate took over from it, shown to be the same: rules about nothing else keep their
    outcome. waiting: a judge of `waiting_judge`; without one, or where it stopped before it had a task, another is
    started.
    Never raises on a judge that fails, dies or is late: the verdict is then closed and says so.
    """
    quality = run_dir / "quality.json"
    quality.unlink(missing_ok=True)
    process = waiting if waiting is not None and waiting.poll() is None else _start(run_dir)
    task = _task(settings, candidate, run_dir, parent, carried_tables)
    problem = _finish(process, task, run_dir / LOG, timeout)
    if problem is None:
        try:
            return read_verdict(quality)
        except NightvigilError as error:
            problem = error.what
    verdict = closed_verdict(problem, settings.profile)
    write_verdict(verdict, quality)
    return verdict


def _task(
    settings: Settings, candidate: Path, run_dir: Path, parent: Path | None, carried_tables: Sequence[str]
) -> str:
    return json.dumps(
        {
            "candidate": str(candidate.absolute()),
            "run_dir": str(run_dir.absolute()),
            "sql_dir": str(settings.sql_dir.absolute()),
            "expectations_dir": str(settings.expectations_dir.absolute()),
            "profile": settings.profile,
            "memory_limit": settings.judge_memory_limit,
            "threads": settings.threads,
            "earlier": str(parent.absolute()) if parent else None,
            "overrides": str(settings.overrides.absolute()),
            "carried_tables": list(carried_tables),
        }
    )


def _start(run_dir: Path) -> WaitingJudge:
    """Start a judge that reads its task from standard input; its words are kept in judge.log."""
    run_dir.mkdir(parents=True, exist_ok=True)
    with (run_dir / LOG).open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "pipeline.quality"], stdin=subprocess.PIPE, stdout=output, stderr=output
        )


def _finish(process: WaitingJudge, task: str, log: Path, timeout: float) -> str | None:
    """Hand the judge its task and wait for its end; return what went wrong, or None."""
    try:
        process.communicate(task.encode(), timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return f"the judge did not finish within {timeout:.0f} s"
    code = process.returncode
    if code == 0:
        return None
    how = f"was ended by signal {-code}" if code < 0 else f"ended with {code}"
    lines = log.read_text(errors="replace").strip().splitlines()
    return f"the judge {how}: {lines[-1] if lines else 'it wrote nothing'} (see {log.name})"
