"""What a build is made of. Two builds of one identity publish the same bytes, so the second is "nothing new"."""

import hashlib
import json
import subprocess
from pathlib import Path

from pipeline import models
from pipeline.landing.receipts import Receipt, current_receipts
from pipeline.settings import PROJECT, Settings


def ingredients(settings: Settings) -> dict[str, str]:
    """The hashes of everything but the data: lock file, SQL with its codes, expectations, code."""
    return {
        "lock_file": hashlib.sha256((PROJECT / "requirements.lock").read_bytes()).hexdigest(),
        "sql": models.hash_files(settings.sql_dir, "*.sql", "*.txt", "*.csv"),
        "codes": models.hash_files(settings.sql_dir / "codes", "*.csv"),
        "expectations": models.hash_files(settings.expectations_dir, "*.y*ml"),
        "code": models.hash_files(Path(__file__).parent, "*.py", "*.sql"),
        "profile": settings.profile,
    }


def build_identity(settings: Settings, receipts: list[Receipt]) -> str:
    """sha256 over the ingredients and the current deliveries.

    Quarters may arrive in any order, so they are sorted; of two records of one trial with the same date the
    later received stands, so trial deliveries keep the order of their receipts.
    """
    contents = [(receipt.source, receipt.period, receipt.content_sha256) for receipt in current_receipts(receipts)]
    dated = sorted(content for content in contents if content[1] is not None)
    undated = [content for content in contents if content[1] is None]
    text = json.dumps([ingredients(settings), dated, undated], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def code_commit() -> str:
    """The commit the code stands at, with `+changes` where files differ; "unknown" outside a checkout."""
    try:
        commit = _git("rev-parse", "HEAD")
        changed = _git("status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{commit}+changes" if changed else commit


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(PROJECT), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
