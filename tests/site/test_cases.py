"""Behind each number of reports stands a page of its cases, as many as the number says."""

import re

import pytest

from pipeline.site import case_lists
from pipeline.site.context import open_context
from pipeline.site.numbers import show_count, show_quarter
from pipeline.site.pages import cases
from pipeline.site.words import name_case_file
from tests.site.conftest import Site

CELLS = """
select source, drug, route, reaction, with_both_count from summary.signal
where definition = 'narrow' and analysis = 'primary' and comparator = 'all_other_cases' and stratum = 'all'
    and with_both_count > 0
"""
DAY = re.compile(r"\d{4}-\d\d|\d{1,2} [A-Z][a-z]{2} \d{4}|\b(19|20)\d{6}\b")


def list_cells(site: Site) -> dict[str, tuple[object, ...]]:
    return {name_case_file(*map(str, row[:4])): row for row in site.ask(CELLS)}


def test_page_of_every_cell_lists_as_many_cases_as_the_cell_counts(site: Site) -> None:
    """The cells of the database and the pages are the same set; each page says and shows the cell's number."""
    cells = list_cells(site)
    pages = {path: page for path, page in site.pages.items() if path.startswith("cases--")}
    assert set(pages) == set(cells)
    for path, (*_, count) in cells.items():
        _, *rows = pages[path].tables["cases"]
        assert len({row[0][0] for row in rows}) == len(rows) == count
        assert " ".join(pages[path].texts).split("Cases: ")[-1].count(f"{show_count(count)} case")


@pytest.mark.parametrize("path", ["index.html", "signals.html", "drug-ketamine.html"])
def test_numbers_of_cells_lead_to_the_pages_of_their_cases(site: Site, path: str) -> None:
    """The signals link every cell with a case, a drug's page those of the drug."""
    linked = {str(found["href"]) for tag, found in site.pages[path].elements if tag == "a"}
    wanted = {
        name
        for name, (_, drug, route, *_) in list_cells(site).items()
        if path == "signals.html" or (drug == "ketamine" and (path != "index.html" or route == "any"))
    }
    assert wanted <= linked


@pytest.mark.parametrize(("route", "reaction"), [("any", "nausea"), ("not_intravenous", "hallucination")])
def test_cases_are_those_that_the_macro_names_and_say_what_the_case_line_says(
    site: Site, route: str, reaction: str
) -> None:
    found = site.ask(
        "select case_id, version_number, age_band, country, reactions_text, is_serious, is_duplicate, "
        "first_received_quarter from answer.case_line semi join "
        f"cases_behind('ketamine', '{route}', '{reaction}', 'narrow') as behind using (source, case_id) "
        "inner join (select case_id, first_received_quarter from events.case) using (case_id)"
    )
    heading, *rows = site.pages[name_case_file("faers", "ketamine", route, reaction)].tables["cases"]
    at = {text: position for position, (text, _) in enumerate(heading)}
    shown = {row[0][0]: {name: row[place][0] for name, place in at.items()} for row in rows}
    assert shown.keys() == {row[0] for row in found}
    for case_id, version, age, country, terms, is_serious, is_duplicate, quarter in found:
        line = shown[str(case_id)]
        assert line["Version"] == str(version)
        assert line["Age"] == ("Not given" if age == "not stated" else age)
        assert line["Country"] == (country or "Not given")
        assert sorted(line["Reported terms"].split("; ")) == sorted(str(terms).split("; "))
        assert (line["Serious outcomes"] == "none") is not is_serious
        assert line["Probable duplicate"].startswith("yes") is is_duplicate
        assert line["First received"] == show_quarter(str(quarter))


def test_no_page_of_cases_has_an_exact_date(site: Site) -> None:
    for path in list_cells(site):
        cells = [text for row in site.pages[path].tables["cases"] for text, _ in row]
        assert not [text for text in cells if DAY.search(text)]


def test_long_list_shows_the_newest_cases_and_says_of_how_many(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_lists, "MOST", 3)
    wanted = site.ask(
        "select behind.case_id from cases_behind('ketamine', 'any', 'hallucination', 'narrow') as behind "
        "order by behind.first_received_date desc nulls last, behind.case_id desc limit 3"
    )
    path = name_case_file("faers", "ketamine", "any", "hallucination")
    with open_context(site.snapshot) as context:
        page = next(page for page in cases.make_pages(context) if page.path == path)
        everything = context.ask(CELLS + " and drug = 'ketamine' and route = 'any' and reaction = 'hallucination'")
    assert [row.values["case_id"] for row in page.values["table"].rows] == [case_id for (case_id,) in wanted]
    count = everything[0]["with_both_count"]
    assert page.values["table"].caption == f"Cases of hallucination with ketamine, any route: the 3 newest of {count}"
    assert "cases_behind('ketamine', 'any', 'hallucination', 'narrow')" in page.values["command"]


def test_no_two_cells_share_a_page() -> None:
    pairs = {("faers", "ketamine", "any_x", "y"), ("faers", "ketamine_any", "x", "y"), ("icsr", "a", "b", "c")}
    pairs |= {("faers", "icsr", "a", "b"), ("faers", "a" * 90, "b" * 40, "c"), ("faers", "a" * 90, "b" * 40, "d")}
    assert len({name_case_file(*pair) for pair in pairs}) == len(pairs)
