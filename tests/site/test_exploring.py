"""What a browser needs to explore the charts of a page: their specifications, packed, and Vega beside them."""

import base64
import gzip
import json
import re

from tests.site.conftest import Site


def read_charts(site: Site, stem: str) -> dict[str, dict[str, dict[str, object]]]:
    packed = re.fullmatch(
        r'loadCharts\("([A-Za-z0-9+/=]+)"\);\n', (site.folder / "static" / "charts" / f"{stem}.js").read_text()
    )
    assert packed
    found: dict[str, dict[str, dict[str, object]]] = json.loads(gzip.decompress(base64.b64decode(packed[1])))
    return found


def test_each_chart_of_each_page_has_its_specification_for_both_widths(site: Site) -> None:
    for name, page in site.pages.items():
        keys = [str(found["data-explore"]) for _, found in page.elements if "data-explore" in found]
        if keys:
            charts = read_charts(site, name.removesuffix(".html"))["charts"]
            assert sorted(charts) == sorted(keys)
            assert {frozenset(each) for each in charts.values()} == {frozenset(["wide", "narrow"])}
    assert (site.folder / "static" / "vega.js").exists()


def test_explored_marks_are_the_cells_of_the_database(site: Site) -> None:
    """Each cell with a case is a mark with its count, and with its name in words."""
    chart = read_charts(site, "signals")["charts"]["scatter-faers"]["wide"]
    datasets: dict[str, list[dict[str, object]]] = chart["datasets"]  # type: ignore[assignment]
    marks = [row for rows in datasets.values() for row in rows if "name" in row]
    found = site.ask(
        "select with_both_count from summary.signal where definition = 'narrow' and analysis = 'primary' "
        "and comparator = 'all_other_cases' and stratum = 'all' and with_both_count > 0 and ic is not null"
    )
    assert sorted((mark["count"],) for mark in marks) == sorted(found)
    assert "Ketamine, Intravenous, Hallucination" in {mark["name"] for mark in marks}
