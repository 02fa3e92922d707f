"""Lands a zip again and again, killed (SIGKILL) at the N-th operation on the file system, then lands it undisturbed.

    python -m tests.landing.interrupted_landings ZIP FOLDER EVERY

It prints one line of JSON a step: what is on disk after the second run. Each run is a forked process, so that a step
costs milliseconds.
"""

import json
import os
import shutil
import signal
import sys
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet  # noqa: F401 - imported before forking, as are the others

from pipeline.landing import store
from pipeline.landing.inbox import find_offers
from pipeline.landing.rebuild import find_differences
from pipeline.landing.receipts import read_receipts
from pipeline.settings import Settings
from pipeline.sources import faers

EVENTS = ("open", "os.", "shutil.", "fcntl.flock", "tempfile.")


def kill_at(step: int) -> None:
    """Kill this process at the step-th event that touches files."""
    seen = 0

    def hook(event: str, _: object) -> None:
        nonlocal seen
        if event.startswith(EVENTS):
            seen += 1
            if seen == step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def land_all(settings: Settings) -> None:
    for offer in find_offers(settings):
        faers.land(offer, settings)


def run_forked(settings: Settings, step: int | None) -> int:
    """Land in a forked process; return the signal that ended it, 0 if it finished."""
    child = os.fork()
    if child == 0:
        if step is not None:
            kill_at(step)
        land_all(settings)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0:
        raise RuntimeError(f"the run at step {step} failed by itself")
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def describe(settings: Settings, step: int) -> dict[str, object]:
    """What is on disk after the second run."""
    receipts = read_receipts(settings)
    working = settings.home.rglob(f"{store.WORKING_PREFIX}*")
    committed = {receipt.delivery_id for receipt in receipts}
    quarantined = {path.name for path in (settings.quarantine / "faers").glob("2*")}
    return {
        "step": step,
        "receipts": len(receipts),
        "differences": [each for receipt in receipts for each in find_differences(settings, receipt)],
        "leftovers": [str(path) for path in working if path.is_dir()] + sorted(quarantined - committed),
        "offers": len(find_offers(settings)),
    }


def main(source: Path, folder: Path, every: int) -> None:
    os.fsync = lambda _: (
        None
    )  # a kill leaves the page cache alone: fsync shows nothing here and takes most of the time
    step = 1
    while True:
        settings = Settings(home=folder / str(step))
        (settings.inbox / "faers").mkdir(parents=True)
        shutil.copy(source, settings.inbox / "faers" / source.name)
        if run_forked(settings, step) == 0:
            break
        run_forked(settings, None)
        report = os.fork()
        if report == 0:
            print(json.dumps(describe(settings, step)), flush=True)
            os._exit(0)
        os.waitpid(report, 0)
        shutil.rmtree(settings.home)
        step += every
    print(json.dumps({"finished": True}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
