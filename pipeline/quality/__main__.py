"""The judge's own process: `python -m pipeline.quality '<task as JSON>'`; writes quality.json in the run folder.

Exit code 0 means that a whole verdict was written, open or shut; anything else means that there is none.
"""

import json
import sys
from pathlib import Path

from pipeline.quality.judging import Task, judge_candidate
from pipeline.quality.verdict import write_verdict


def main() -> None:
    """Judge the candidate that the one argument describes."""
    task = Task(**json.loads(sys.argv[1]))
    write_verdict(judge_candidate(task), Path(task.run_dir) / "quality.json")


if __name__ == "__main__":
    main()
