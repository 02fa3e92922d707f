"""`python -m pipeline.site`: make the pages of one snapshot in a process of its own, as its publication asks for.

The task is one line of JSON on standard input: snapshot and target (folders), is_suppressed, limits
(settings of DuckDB). Input that ends afterwards means that whoever asked is gone: the process then ends at once, so
that none works on alone.
"""

import json
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path

from pipeline.errors import NightvigilError
from pipeline.site.build import build_site

INTERRUPTED = 130


def main() -> int:
    """Make the pages that the task names; 0 when they are whole, else 1 and the reason on standard error."""
    task = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_input, daemon=True).start()
    _go_first()
    try:
        pages = build_site(
            Path(task["snapshot"]),
            Path(task["target"]),
            is_suppressed=task["is_suppressed"],
            limits=task["limits"],
        )
    except NightvigilError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(f"{len(pages)} pages")
    return 0


def _end_with_input() -> None:
    while os.read(0, 1):  # not through sys.stdin, which could not be closed while a thread reads it
        pass
    os._exit(INTERRUPTED)


def _go_first() -> None:
    """Where memory runs out the kernel ends this process, not the one that publishes."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


if __name__ == "__main__":
    sys.exit(main())
