"""`python -m pipeline.sample FOLDER`: write the invented sample world into a folder."""

import argparse
import sys
from pathlib import Path

from pipeline.sample.world import CASES_PER_PERIOD, SEED, write_world


def main() -> int:
    """Write the world and report its size on standard error."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.sample", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--cases", type=int, default=CASES_PER_PERIOD, help="new cases a quarter")
    arguments = parser.parse_args()
    answer = write_world(arguments.folder, arguments.seed, arguments.cases)
    print(
        f"invented world in {arguments.folder}: {answer['attrition']['report_version_count']} report versions of "
        f"{answer['attrition']['case_count_ever_received']} cases, {len(answer['trials'])} trials, and expected.json",
        file=sys.stderr,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
