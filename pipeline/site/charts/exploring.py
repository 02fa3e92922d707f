"""Charts to be explored in a browser: their specifications beside the pages, and Vega itself among the static files.

A page is complete without them. Where a reader asks for it, `static/explore.js` loads Vega and the specifications of
the page, draws the chart anew and says what is under the pointer. Pages that are opened as files may not read other
files except scripts, so the specifications of a page are one call in a script; they are packed, as one drug's would
else be larger than its page, and the words of the data stand in it as digits and letters only.
"""

import base64
import gzip
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

VEGA = "vega.js"
FOLDER = "charts"
NAMES = {
    "label": "",
    "name": "",
    "drug": "Drug",
    "reaction": "Reaction",
    "quarter": "Quarter",
    "counts": "Counts",
    "count": "Cases",
    "text": "Estimate",
    "ic": "Information component",
    "lower_text": "Its lower bound",
    "note": "",
}
"""What is said of a mark under the pointer: columns of the frames of charts, in this order, and their headings."""

Specifications = dict[str, Mapping[str, Any]]
"""By the key of a chart, its specification for each width (`wide`, `narrow`)."""

_collected: ContextVar[Specifications | None] = ContextVar("collected", default=None)


@contextmanager
def collect_specifications() -> Iterator[Specifications]:
    """The specifications of the charts that are put into a page within the block."""
    found: Specifications = {}
    token = _collected.set(found)
    try:
        yield found
    finally:
        _collected.reset(token)


def keep_specification(key: str, specifications: Mapping[str, Any]) -> None:
    """Keep the specifications of a chart, if a page is being made."""
    if (found := _collected.get()) is not None:
        found[key] = specifications


def write_specifications(static: Path, page: str, found: Specifications) -> None:
    """Write the script of a page's charts among the static files, and Vega where it is not there yet."""
    if not found:
        return
    (static / FOLDER).mkdir(exist_ok=True)
    packed = gzip.compress(json.dumps({"names": NAMES, "charts": found}, separators=(",", ":")).encode(), mtime=0)
    script = f'loadCharts("{base64.b64encode(packed).decode()}");\n'
    (static / FOLDER / f"{Path(page).stem}.js").write_text(script)
    if not (static / VEGA).exists():
        (static / VEGA).write_text(bundle_vega())


@cache
def bundle_vega() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script that loads nothing; made once in a process, in a few seconds."""
    import vl_convert

    script: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return script
