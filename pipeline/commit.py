"""The commit of a checkout. Only the standard library: the build of the wheel imports this too."""

import subprocess
from pathlib import Path


def describe_checkout(folder: Path) -> str:
    """The commit of the checkout in `folder`, with `+changes` where files differ; "unknown" outside of one."""
    try:
        commit = _git(folder, "rev-parse", "HEAD")
        changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{commit}+changes" if changed else commit


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
