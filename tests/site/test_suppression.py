"""Pages for outside hold no small count of cases, and nothing from which one would follow."""

from pathlib import Path

import pytest

from pipeline.exports.suppression import hide_totals, read_rollups
from pipeline.site.build import build_site
from pipeline.site.cells import read_cells
from pipeline.site.context import open_context
from pipeline.site.pages import cases, routes
from tests.site.conftest import Site


@pytest.mark.parametrize("definition", ["narrow", "broad"])
def test_no_small_cell_and_no_cell_that_reveals_one_is_shown(site: Site, definition: str) -> None:
    """Small cells are gone, and larger ones with them where sums would give them away; zeros stay."""
    with open_context(site.snapshot) as context:
        everything = read_cells(context, "faers", definition)
        hidden, _ = hide_totals(context.connection, read_rollups(context.connection))
    with open_context(site.snapshot, is_suppressed=True) as context:
        shown = read_cells(context, "faers", definition)
    counts = {row["with_both_count"] for row in shown}
    assert not counts & {1, 2, 3, 4}
    assert counts & {0}
    assert {row["with_both_count"] for row in everything} & {1, 2, 3, 4}
    keys = {("case_count", "faers", row["drug"], row["route"], row["reaction"], definition) for row in shown}
    assert not keys & hidden
    assert not any(row["cases_href"] for row in shown)


def test_lists_of_cases_and_contrasts_of_reports_are_left_out(site: Site) -> None:
    with open_context(site.snapshot, is_suppressed=True) as context:
        assert list(cases.make_pages(context)) == []
        (page,) = routes.make_pages(context)
    assert page.values["parts"] == []
    assert page.values["trials"]


@pytest.mark.proof
def test_suppressed_pages_say_so_and_hold_no_table_that_is_split_further(site: Site, tmp_path: Path) -> None:
    build_site(site.snapshot, tmp_path / "report", is_suppressed=True)
    suppressed = Site(tmp_path / "report", site.snapshot)
    assert not [path for path in suppressed.pages if path.startswith("cases--")]
    for page in suppressed.pages.values():
        text = " ".join(" ".join(page.texts).split())
        assert "These are reports, not rates." not in text or "has no row: it is not zero." in text
        split = ("quarters-", "indications-", "label-status-", "age-band-", "sex-", "doses-", "onset-", "steps-")
        assert not [key for key in page.tables if key.startswith(split)]
        for heading, *rows in page.tables.values():
            for place in [place for place, (text, _) in enumerate(heading) if text == "Both"]:
                assert not {row[place][0] for row in rows} & {"1", "2", "3", "4"}
