"""The judge's own process: `python -m pipeline.quality`, a task as JSON on standard input; writes quality.json in
the run folder. It has loaded what it needs before it reads, so that it may be started early.

Exit code 0 means that a whole verdict was written, open or shut; anything else means that there is none.
"""

import gc
import json
import os
import sys
from pathlib import Path


def main() -> None:
    """Judge the candidate that standard input describes; without a task there is nothing to judge."""
    gc.disable()  # what is imported stays: to look for garbage in it takes a fifth of the time
    from pipeline.quality.judging import Task, judge_candidate
    from pipeline.quality.verdict import write_verdict

    gc.freeze()
    gc.enable()
    text = sys.stdin.read()
    if not text:
        return
    task = Task(**json.loads(text))
    write_verdict(judge_candidate(task), Path(task.run_dir) / "quality.json")


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # Great Expectations takes a second to unload, and the verdict is written
