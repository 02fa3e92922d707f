"""Pages show what the snapshot holds, lead nowhere else and load nothing from elsewhere."""

import re
from collections.abc import Callable
from itertools import pairwise

import pytest

from pipeline.site.numbers import show_count, show_interval, show_signed
from tests.site.conftest import Site

pytestmark = pytest.mark.slow

CELLS = """
select drug, route, reaction, with_both_count, drug_only_count, reaction_only_count, neither_count, expected_count,
    ic, ic_lower, ic_upper, ror, ror_lower, ror_upper
from summary.signal
where definition = '{}' and analysis = 'primary' and comparator = 'all_other_cases' and stratum = 'all'
"""
POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)


@pytest.mark.parametrize(("path", "definition"), [("signals.html", "narrow"), ("signals-broad.html", "broad")])
def test_cells_of_the_signals_are_those_of_the_database(site: Site, path: str, definition: str) -> None:
    """Each number of the table, as it is sorted by and as it is read, against the row of summary.signal."""
    heading, *rows = site.pages[path].tables["signals-faers"]
    at = {text: position for position, (text, _) in enumerate(heading)}
    found = sorted(site.ask(CELLS.format(definition)), key=lambda row: (row[3], row[4], row[5], row[6]))
    shown = sorted(rows, key=lambda row: [int(row[at[name]][1] or 0) for name in COUNTS])
    assert len(shown) == len(found) == 40
    for row, (*_, both, only, reaction, neither, expected, ic, ic_low, ic_high, ror, low, high) in zip(
        shown, found, strict=True
    ):
        assert [row[at[name]][0] for name in COUNTS] == [show_count(n) for n in (both, only, reaction, neither)]
        assert float(row[at["Expected"]][1] or "nan") == expected
        assert row[at["IC (95 % interval)"]][0] == show_interval(ic, ic_low, ic_high, is_signed=True)
        assert row[at["ROR (95 % interval)"]][0] == show_interval(ror, low, high)
        assert (row[at["ROR (95 % interval)"]][1] is None) == (ror is None)


REGISTRY = "https://clinicaltrials.gov/study/NCT"
"""The one place outside that pages lead to: a click, never a resource."""
ABOUT_THE_DATA = ("quality", "runs", "dictionary")
OF_TRIALS = ("trials", "evidence")
"""How the pages without a count of cases begin."""
COUNTS = ("Both", "Drug only", "Reaction only", "Neither")


def test_heat_map_and_its_table_show_the_counts_and_lower_bounds(site: Site) -> None:
    found = site.ask(CELLS.format("narrow") + " and route = 'any' and drug = 'ketamine' order by reaction")
    (_, *cells) = site.pages["index.html"].tables["matrix"][1]
    texts = "\n".join(site.pages["index.html"].texts)
    for row, (text, _) in zip(found, cells, strict=True):
        assert text.removeprefix("■ ") == f"{show_count(row[3])} ({show_signed(row[9])})"
        assert show_signed(row[9]) in texts


def test_forest_by_route_shows_the_counts_and_ratios(site: Site) -> None:
    texts = set(site.pages["drug-ketamine.html"].texts)
    for row in site.ask(CELLS.format("narrow") + " and drug = 'ketamine' and reaction = 'hallucination'"):
        both, only, ror = row[3], row[4], row[11:14]
        if both + only:
            assert f"{show_count(both)} / {show_count(both + only)}" in texts
            assert show_interval(*ror) in texts


def test_quarters_that_were_not_received_are_said_and_not_zero(site: Site) -> None:
    """The sample world lacks most quarters between 2012 and 2024: each has a row without a count."""
    heading, *rows = site.pages["drug-ketamine.html"].tables["quarters-faers-hallucination"]
    missing = site.ask("select missing_periods from meta.source where source = 'faers'")[0][0]
    absent = [row for row in rows if row[1][0] == "not received"]
    assert [text for text, _ in heading[:3]] == ["Quarter", "Received", "Cases"]
    assert len(absent) == len(str(missing).split()) > 20
    assert {row[2][0] for row in absent} == {"–"}


def test_unknown_route_is_a_row_of_its_own_with_its_share(site: Site) -> None:
    (count, total), *_ = site.ask(
        "select any_value(drug_route_case_count) filter (where route = 'unknown'), "
        "any_value(drug_route_case_count) filter (where route = 'any') "
        "from summary.reported_by_drug_route where drug = 'ketamine'"
    )
    routes = {row[1][0] for row in site.pages["drug-ketamine.html"].tables["cells-faers"]}
    assert f"Route not stated ({100 * int(str(count)) / int(str(total)):.1f} %)" in routes


def test_every_link_leads_to_a_page_and_a_part_of_it(site: Site) -> None:
    for name, page in site.pages.items():
        links = [found["href"] for tag, found in page.elements if tag == "a"]
        assert links
        for link in links:
            if str(link).startswith(REGISTRY):
                continue
            path, _, part = str(link).partition("#")
            target = site.pages[path or name]
            assert not part or "=" in part or part in {found.get("id") for _, found in target.elements}


def test_nothing_is_loaded_from_elsewhere_and_the_policy_allows_nothing_else(site: Site) -> None:
    for page in site.pages.values():
        policies = [found["content"] for _, found in page.elements if found.get("http-equiv")]
        assert policies == [POLICY]
        for tag, found in page.elements:
            assert not {name for name in found if name == "style" or name.startswith("on")}
            addresses = {name: value for name, value in found.items() if "//" in (value or "")}
            if tag == "a" and str(addresses.get("href")).startswith(REGISTRY):
                assert found["rel"] == "noreferrer"
                addresses.pop("href")
            assert not addresses or addresses == {"xmlns": "http://www.w3.org/2000/svg"}, (tag, addresses)
        for attribute in ("href", "src"):
            local = [found[attribute] for tag, found in page.elements if attribute in found and tag != "a"]
            assert all((site.folder / str(path)).is_file() for path in local)
    assert "//" not in re.sub(r"/\*.*?\*/", "", (site.folder / "static" / "site.css").read_text(), flags=re.DOTALL)


def test_every_page_states_snapshot_lock_freshness_code_and_caveat(site: Site) -> None:
    run_id, commit = site.ask("select run_id, code_commit from meta.snapshot")[0]
    for name, page in site.pages.items():
        text = " ".join(" ".join(page.texts).split())
        for said in (str(run_id), str(commit)[:7], "Data lock", "to 2024 Q1"):
            assert said in text
        assert ("These are reports, not rates." in text) != name.startswith((*ABOUT_THE_DATA, *OF_TRIALS))
        assert "never added to reports" in text or not name.startswith((*OF_TRIALS, "drug"))
        assert "Invented data." in text


def test_real_data_have_no_banner(make_site: Callable[..., Site]) -> None:
    site = make_site("update meta.snapshot set is_synthetic = false", "delete from summary.signal")
    assert all("Invented data." not in page.texts for page in site.pages.values())


def test_tables_have_headings_captions_and_pictures_a_label(site: Site) -> None:
    for name, page in site.pages.items():
        pictures = [found for tag, found in page.elements if tag == "svg"]
        without = (*ABOUT_THE_DATA, "methods", "query-help", "cases--", "trials.", "evidence-map")
        assert pictures or name.startswith(without)
        assert all(found.get("role") == "img" and found.get("aria-label") for found in pictures)
        levels = [int(tag[1]) for tag, _ in page.elements if tag in ("h1", "h2", "h3")]
        assert levels.count(1) == 1
        assert all(below - above <= 1 for above, below in pairwise(levels))
        ids = [found["id"] for _, found in page.elements if "id" in found]
        assert len(ids) == len(set(ids))
        scopes = {found.get("scope") for tag, found in page.elements if tag == "th"}
        assert scopes <= {"col", "row"}
        assert sum(tag == "caption" for tag, _ in page.elements) == sum(tag == "table" for tag, _ in page.elements)


CHANGES = """
create or replace table summary.change as
select * from (values
    ('summary.signal', 'faers | ketamine | oral | nausea | narrow | primary | all_other_cases | all', 'is_ic025',
        'ketamine', 'oral', 'nausea', 'narrow', 'gained', 2, 4, 'not raised', 'raised', 'new_case'),
    ('summary.signal', 'faers | ketamine | oral | nausea | narrow | any_role | all_other_cases | all', 'is_ic025',
        'ketamine', 'oral', 'nausea', 'narrow', 'gained', 2, 4, 'not raised', 'raised', 'new_case'),
    ('summary.reported_by_drug_route', 'faers | ketamine | any | hallucination | narrow', 'case_count',
        'ketamine', 'any', 'hallucination', 'narrow', 'moved', 1090, 1091, null, null, 'deletion')
) as changes (table_name, row_key, column_name, drug, route, reaction, definition, change, count_before, count_now,
    text_before, text_now, reason)
"""


@pytest.fixture(scope="module")
def other_site(make_site: Callable[..., Site]) -> Site:
    """No trial of a watched drug, and a table of what changed."""
    return make_site(
        "delete from summary.finding", "delete from events.trial_drug", "delete from events.observed", CHANGES
    )


def test_snapshot_without_trials_says_that_nothing_is_measured(other_site: Site) -> None:
    text = " ".join(" ".join(other_site.pages["drug-ketamine.html"].texts).split())
    assert "No trial of it in this snapshot compared a watched outcome: nothing is measured." in text
    trials = " ".join(" ".join(other_site.pages["trials.html"].texts).split())
    assert "compares a watched outcome of ketamine: nothing is measured" in trials
    assert "trials-ketamine.html" not in other_site.pages


def test_changes_of_flags_and_counts_are_shown_where_the_snapshot_has_them(other_site: Site, site: Site) -> None:
    """The flag of the main analysis once, then the count; the first snapshot has no such part."""
    _, *rows = other_site.pages["index.html"].tables["changes"]
    assert [[text for text, _ in row] for row in rows] == [
        ["Ketamine", "Oral", "Nausea", "Flag", "not raised", "raised", "New case"],
        ["Ketamine", "Any route", "Hallucination", "Cases", "1,090", "1,091", "Deletion"],
    ]
    assert "changes" not in site.pages["index.html"].tables


def test_snapshot_with_one_case_and_one_without_any_have_pages(make_site: Callable[..., Site]) -> None:
    """One case of one cell, without a ratio; then no report at all."""
    one = "drug = 'ketamine' and route = 'any' and reaction = 'nausea' and definition = 'narrow'"
    site = make_site(
        f"delete from summary.signal where not ({one} and analysis = 'primary' and comparator = 'all_other_cases' "
        "and stratum = 'all')",
        "update summary.signal set with_both_count = 1, drug_only_count = 0, reaction_only_count = 0, "
        "ror = null, ror_lower = null, ror_upper = null, is_ic025 = false, ic_lower = -3.8",
        "delete from summary.signal_by_quarter",
        "delete from summary.finding",
    )
    assert site.pages["signals.html"].tables["signals-faers"][1][3][0] == "1"
    nothing = make_site("delete from summary.signal", "delete from summary.signal_by_quarter")
    assert "This snapshot holds no reports." in nothing.pages["signals.html"].texts
    for name, said in (
        ("index.html", "This snapshot holds no reports. 29 trials and studies of watched drugs"),
        ("drug-ketamine.html", "This snapshot holds no reports: what follows is of trials alone."),
        ("trials-ketamine.html", "In 6 randomised trials (438 people with chronic pain)"),
    ):
        text = " ".join(" ".join(nothing.pages[name].texts).split())
        assert said in text
        assert "These are reports, not rates." not in text


@pytest.mark.proof
def test_same_snapshot_gives_the_same_bytes(site: Site, make_site: Callable[..., Site]) -> None:
    again = make_site()
    for path in sorted(site.folder.rglob("*")):
        if path.is_file():
            assert path.read_bytes() == (again.folder / path.relative_to(site.folder)).read_bytes(), path
