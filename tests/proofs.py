"""Runs the tests that `make test` leaves out; a skip counts as a failure, except where `../shared` is absent.

The output of a test (shares, counts, coverage) is printed under its name at the end.

python -m tests.proofs [paths and other arguments of pytest]
"""

import sys
from pathlib import Path

import pytest

TWO_AT_A_TIME = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")


class SkipsAreFailures:
    """A pytest plugin that collects what was skipped, and why."""

    def __init__(self) -> None:
        self.skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and "no real files" not in str(report.longrepr):
            self.skipped.append(f"{report.nodeid}: {report.longrepr}")


def main(arguments: list[str]) -> int:
    plugin = SkipsAreFailures()
    paths = [] if any(Path(each).exists() for each in arguments) else ["tests"]
    chosen = ("-m", "proof or slow")
    code = pytest.main([*paths, *arguments, *chosen, *TWO_AT_A_TIME, "-rP", "--durations=20"], plugins=[plugin])
    for line in plugin.skipped:
        print(f"skipped, which counts as a failure: {line}")
    return int(code) or int(bool(plugin.skipped))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
