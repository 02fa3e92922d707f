"""Runs the tests that `make test` leaves out; a skip counts as a failure, except where `../shared` is absent.

The output of a test (shares, counts, coverage) is printed under its name at the end. What failed, and why, comes
last: where a log is cut, its end is kept.

python -m tests.proofs [paths and other arguments of pytest]
"""

import sys
from pathlib import Path

import pytest

LINES_OF_A_FAILURE = 40
TWO_AT_A_TIME = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")


class Findings:
    """A pytest plugin that collects what failed and what was skipped, and why."""

    def __init__(self) -> None:
        self.failed: list[str] = []
        self.skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            reason = report.longreprtext.splitlines()[-LINES_OF_A_FAILURE:]
            self.failed.append("\n".join([f"failed in its {report.when}: {report.nodeid}", *reason]))
        if report.skipped and "no real files" not in str(report.longrepr):
            self.skipped.append(f"{report.nodeid}: {report.longrepr}")


def main(arguments: list[str]) -> int:
    findings = Findings()
    paths = [] if any(Path(each).exists() for each in arguments) else ["tests"]
    chosen = ("-m", "(proof or slow) and not spark")
    code = pytest.main([*paths, *arguments, *chosen, *TWO_AT_A_TIME, "-rP", "--durations=20"], plugins=[findings])
    for line in findings.skipped:
        print(f"skipped, which counts as a failure: {line}")
    for text in findings.failed:
        print(text)
    return int(code) or int(bool(findings.skipped))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
