"""Shows that two commits publish the same bytes. Takes minutes: two environments, and each world built twice.

    python -m tests.comparison BASE [HEAD]        make compare BASE=cb59428

Each commit is checked out into a folder of its own with the packages that it locks. The input files are made once,
with BASE's generators. Each world is then landed, built, judged and published by both commits through the command
line, and every Parquet file of `summary` is compared byte by byte.

What was changed on purpose is committed: `columns.csv` beside this module lists columns renamed,
`sql/changed_texts.csv` texts replaced one to one. Both are applied to BASE's rows before the comparison.

Exit status 0 when nothing differs, 1 when something does, 2 when a commit or a world could not be built.
"""

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.comparison.changes import Changes, read_changes
from tests.comparison.checkout import CommandFailed, open_checkout, publish
from tests.comparison.tables import compare_folders
from tests.comparison.worlds import WORLDS, find_present, make_inputs

PROJECT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.comparison", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("base", help="the commit that is compared with")
    parser.add_argument("head", nargs="?", default="HEAD", help="the commit that is compared; default HEAD")
    parser.add_argument("--cases", type=int, default=20_000, help="cases of the bench world; default 20000")
    parser.add_argument("--worlds", nargs="+", choices=WORLDS, default=list(WORLDS))
    parser.add_argument("--keep", type=Path, help="a folder that keeps the input files and what was published")
    chosen = parser.parse_args(arguments)
    changes = read_changes(HERE / "columns.csv", PROJECT / "sql" / "changed_texts.csv")
    try:
        with ExitStack() as stack:
            work = chosen.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="comparison-")))
            work.mkdir(parents=True, exist_ok=True)
            base = stack.enter_context(open_checkout(PROJECT, chosen.base))
            head = stack.enter_context(open_checkout(PROJECT, chosen.head))
            print(f"{base.commit[:12]} with {head.commit[:12]}", flush=True)
            different = 0
            for name in find_present(chosen.worlds):
                inputs = make_inputs(name, base, work / name / "inputs", chosen.cases)
                before, after = (publish(checkout, inputs, work / name / checkout.label) for checkout in (base, head))
                print(f"\n{name} world", flush=True)
                different += print_comparison(before, after, changes)
    except CommandFailed as failure:
        print(failure, file=sys.stderr)
        return 2
    unused = changes.find_unused()
    for entry in unused:
        print(f"unused: {entry}: neither its before nor its after was found in BASE")
    print(f"\n{different} tables differ, {len(unused)} listed changes unused")
    return int(bool(different or unused))


def print_comparison(before: Path, after: Path, changes: Changes) -> int:
    """Compare two folders of Parquet files; print a line a table; return how many tables differ."""
    different = 0
    for outcome in compare_folders(before, after, changes):
        different += not outcome.is_same
        print(outcome, flush=True)
    return different


if __name__ == "__main__":
    sys.exit(main())
