"""Starts the judge in a process of its own, and believes nothing but a whole verdict.

Great Expectations holds the DuckDB file open and needs hundreds of megabytes of imports: neither belongs in the
process that builds or publishes.
"""

import json
import subprocess
import sys
from pathlib import Path

from pipeline.errors import NightvigilError
from pipeline.quality.verdict import Verdict, closed_verdict, read_verdict, write_verdict
from pipeline.settings import Settings

TIMEOUT_SECONDS = 3600


def judge(
    settings: Settings,
    candidate: Path,
    run_dir: Path,
    parent: Path | None,
    *,
    timeout: float = TIMEOUT_SECONDS,
) -> Verdict:
    """Judge the candidate and leave quality.json in run_dir; parent: the live snapshot's database, or None.

    Never raises on a judge that fails, dies or is late: the verdict is then closed and says so.
    """
    quality = run_dir / "quality.json"
    quality.unlink(missing_ok=True)
    problem = _run(_task(settings, candidate, run_dir, parent), run_dir / "judge.log", timeout)
    if problem is None:
        try:
            return read_verdict(quality)
        except NightvigilError as error:
            problem = error.what
    verdict = closed_verdict(problem, settings.profile)
    write_verdict(verdict, quality)
    return verdict


def _task(settings: Settings, candidate: Path, run_dir: Path, parent: Path | None) -> str:
    overrides = settings.quality_overrides
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
            "overrides": str(overrides.absolute()) if overrides else None,
        }
    )


def _run(task: str, log: Path, timeout: float) -> str | None:
    """Run the judge to its end; return what went wrong, or None. Its words are kept in judge.log."""
    command = [sys.executable, "-m", "pipeline.quality", task]
    with log.open("wb") as output:
        try:
            done = subprocess.run(command, stdout=output, stderr=output, timeout=timeout, check=False)
        except subprocess.TimeoutExpired:
            return f"the judge did not finish within {timeout:.0f} s"
    if done.returncode == 0:
        return None
    how = f"was ended by signal {-done.returncode}" if done.returncode < 0 else f"ended with {done.returncode}"
    lines = log.read_text(errors="replace").strip().splitlines()
    return f"the judge {how}: {lines[-1] if lines else 'it said nothing'} (see {log.name})"
