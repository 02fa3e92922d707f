"""Figures of two commits side by side: rules judged, lines of YAML, places of a word, edits that a change needs.

    python -m tests.comparison.figures BASE [HEAD]        make figures BASE=cb59428

Rules are counted in the verdict of a nightly run on the sample world, so that a rule that is declared and not run
does not count. Exit status 1 when a table of BASE is judged by fewer rules in HEAD, 2 when a commit could not be
built.

Words are counted in every tracked file but tests, the invented sample world and Markdown, as whole words in any case,
whatever they are there for: a comment, a code row and a module's name count as a rule's list does.

The edits of HEAD are those that the tests make on a copy (`tests/edits.py`, `tests/whole_night/third_source`). The
edits of a BASE that has no such tests are those of commit cb59428, counted by hand: `HAND_COUNTED` lists the files.
A planted fault of a new rule is a test and counts on neither side.
"""

import argparse
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.comparison.checkout import Checkout, CommandFailed, open_checkout, publish, run
from tests.comparison.worlds import make_inputs

PROJECT = Path(__file__).resolve().parents[2]
WORDS = {"a route word": "intrathecal", "a source word": "faers", "a drug brand": "ebixa"}
HAND_COUNTED = {
    "a table": ("its SELECT", "sql/order.txt", "sql/columns.csv", "its suite in expectations/"),
    "a column": ("its SELECT", "sql/columns.csv", "its suite in expectations/"),
    "a route word": ("each suite in expectations/ whose word set lists the routes",),
    "a source word": ("each suite in expectations/ whose word set lists the source",),
    "a source": (
        "pipeline/deliveries.py, in five places",
        "pipeline/nightly.py",
        "dags/land_<source>.py, a copy",
        "sql/events/case.sql",
        "sql/events/exposure.sql",
        "sql/events/reaction.sql",
        "sql/summary/attrition.sql",
        "sql/verify/attrition_closes.sql",
        "dags/publish_summaries.py",
        "each suite in expectations/ whose word set lists the source",
    ),
}
"""The existing files, or copies of files, that the change needed at cb59428, besides what is the change itself."""


@dataclass(frozen=True)
class Figures:
    """Figures of one commit. rules: by table, without its layer, which a table may change. edits: files by change."""

    rules: Counter[str]
    yaml_lines: int
    places: dict[str, tuple[int, int]]
    edits: dict[str, int]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.comparison.figures",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("base")
    parser.add_argument("head", nargs="?", default="HEAD")
    chosen = parser.parse_args(arguments)
    try:
        with ExitStack() as stack:
            work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="figures-")))
            checkouts = [stack.enter_context(open_checkout(PROJECT, name)) for name in (chosen.base, chosen.head)]
            inputs = make_inputs("sample", checkouts[0], work / "inputs", cases=0)
            base, head = (measure(checkout, inputs, work / checkout.label) for checkout in checkouts)
    except CommandFailed as failure:
        print(failure, file=sys.stderr)
        return 2
    print("\n".join(format_figures(base, head)))
    return int(bool(find_lost_rules(base, head)))


def measure(checkout: Checkout, inputs: Path, home: Path) -> Figures:
    """Count everything about one commit; runs a nightly on the input files."""
    quality = json.loads((publish(checkout, inputs, home).parent / "quality.json").read_text())
    return Figures(
        rules=count_rules([result["suite"] for result in quality["results"]]),
        yaml_lines=count_yaml_lines(checkout.folder),
        places={name: count_places(checkout.folder, word) for name, word in WORDS.items()},
        edits=count_edits(checkout.folder),
    )


def count_rules(suites: list[str]) -> Counter[str]:
    """The rules of each table. suites: `layer.table` of every rule that was run.

    Raises ValueError where two layers have a table of one name, whose rules would be added.
    """
    tables = Counter(suite.split(".")[1] for suite in set(suites))
    if twice := [table for table, count in tables.items() if count > 1]:
        raise ValueError(
            f"{', '.join(twice)}: a table of this name is in two layers; rules cannot be counted by name"
        )
    return Counter(suite.split(".")[1] for suite in suites)


def count_yaml_lines(folder: Path) -> int:
    return sum(len(path.read_text().splitlines()) for path in (folder / "expectations").rglob("*.y*ml"))


def count_places(folder: Path, word: str) -> tuple[int, int]:
    """The files and lines in which a word is written."""
    found = [count for _, count in find_places(folder, word)]
    return len(found), sum(found)


def find_places(folder: Path, word: str) -> Iterator[tuple[str, int]]:
    """Each file in which a word is written, with the number of lines."""
    whole = re.compile(rf"\b{re.escape(word)}\b", re.IGNORECASE)
    for name in run(["git", "ls-files"], folder).splitlines():
        if name.startswith(("tests/", "pipeline/sample/")) or name.endswith((".md", ".lock")):
            continue
        lines = (folder / name).read_text(errors="replace").splitlines()
        if count := sum(bool(whole.search(line)) for line in lines):
            yield name, count


def count_edits(folder: Path) -> dict[str, int]:
    """The files that each change edits, a source's own new files not counted."""
    if not (folder / "tests" / "edits.py").exists():
        return {change: count_hand_counted(folder, change) for change in HAND_COUNTED}
    from tests.edits import EDITS  # absent from a BASE before these tests

    source = folder / "tests" / "whole_night" / "third_source" / "lines"
    counted = {f"a {change}": files for change, (_, files) in EDITS.items()}
    return counted | {"a source": sum(path.is_file() for path in source.rglob("*"))}


def count_hand_counted(folder: Path, change: str) -> int:
    """The files of `HAND_COUNTED`, each suite with a word set counted by itself."""
    files = HAND_COUNTED[change]
    if not any(name.startswith("each suite") for name in files):
        return len(files)
    word = WORDS["a route word" if change == "a route word" else "a source word"]
    suites = [path for path in (folder / "expectations").rglob("*.y*ml") if lists_word(path, word)]
    return len(files) - 1 + len(suites)


def lists_word(path: Path, word: str) -> bool:
    """Whether a rule of a suite lists a word among those that a column may hold."""
    document = yaml.safe_load(path.read_text())
    rules = document.get("rules", []) if isinstance(document, dict) else []
    query = re.compile(rf"not in \([^)]*'{word}'")
    return any(
        word in rule["with"].get("value_set", []) or query.search(rule["with"].get("unexpected_rows_query", ""))
        for rule in rules
    )


def find_lost_rules(base: Figures, head: Figures) -> dict[str, tuple[int, int]]:
    """The tables that HEAD judges by fewer rules than BASE does."""
    return {table: (count, head.rules[table]) for table, count in base.rules.items() if head.rules[table] < count}


def format_figures(base: Figures, head: Figures) -> Iterator[str]:
    """The lines that are printed."""
    yield f"{'':50}{'BASE':>10}{'HEAD':>10}"
    yield f"{'rules judged':50}{base.rules.total():10}{head.rules.total():10}"
    yield f"{'tables judged':50}{len(base.rules):10}{len(head.rules):10}"
    yield f"{'lines of YAML in expectations/':50}{base.yaml_lines:10}{head.yaml_lines:10}"
    for name, word in WORDS.items():
        for kind, at in (("files", 0), ("lines", 1)):
            title = f"{kind} in which {name} is written ({word})"
            yield f"{title:50}{base.places[name][at]:10}{head.places[name][at]:10}"
    for change, count in base.edits.items():
        title = f"existing files edited for {change}" if change == "a source" else f"files edited for {change}"
        yield f"{title:50}{count:10}{head.edits[change]:10}"
    yield ""
    yield "rules judged by table"
    for table in sorted(base.rules | head.rules):
        yield f"    {table:46}{base.rules[table]:10}{head.rules[table]:10}"
    lost = find_lost_rules(base, head)
    yield ""
    yield f"{len(lost)} tables are judged by fewer rules in HEAD{': ' if lost else ''}{', '.join(lost)}"


if __name__ == "__main__":
    sys.exit(main())
