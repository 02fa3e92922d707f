"""The site in a real browser: nothing cut off, nothing asked for elsewhere, usable by keyboard and without scripts.

One browser and one site for all; every page that the site lists is looked at, whoever added it.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

from pipeline.site import charts
from pipeline.site.charts import exploring
from pipeline.site.words import say_drug, say_reaction
from tests.alerts.payloads import PAYLOADS
from tests.site.browser import (
    Watch,
    choose_of_each_kind,
    find_faults,
    judge_access,
    measure,
    open_browser,
    serve,
)
from tests.site.conftest import DRUGS, REACTIONS, Site
from tests.site.test_hostile_texts import storable

pytestmark = pytest.mark.proof
EXPLORE = "Explore this chart"
WITH_REPORTS = ("index", "signals", "drug", "cases")
"""Kinds of pages that show reports, whatever else there is."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def shown(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A copy of the site, to which a test may add a page."""
    folder = tmp_path_factory.mktemp("shown") / "report"
    shutil.copytree(site.folder, folder)
    return Site(folder, site.snapshot)


@pytest.fixture(scope="module")
def address(shown: Site) -> Iterator[str]:
    with serve(shown.folder) as address:
        yield address


@pytest.fixture(scope="module")
def paths(shown: Site) -> list[str]:
    listed: list[str] = json.loads((shown.folder / "report.json").read_text())["pages"]
    return listed


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a page in a context of its own; keyword arguments are those of the context."""
    contexts = []

    def open_one(path: str, **options: object) -> Page:
        contexts.append(browser.new_context(**{"viewport": {"width": 1280, "height": 800}} | options))  # type: ignore[arg-type]
        page = contexts[-1].new_page()
        page.goto(path)
        return page

    yield open_one
    for context in contexts:
        context.close()


def test_nothing_of_any_page_is_cut_off_or_small_and_nothing_is_asked_for_elsewhere(
    browser: Browser, address: str, paths: list[str]
) -> None:
    """On a desk and on a phone: labels of charts, cells of tables, sideways scrolling, sizes of what is pressed."""
    page = browser.new_page()
    faults = [fault for path in paths for fault in find_faults(page, address, path)]
    page.close()
    assert not faults, "\n".join(faults)


def test_measures_find_what_they_are_for(open_page: Callable[..., Page], address: str) -> None:
    """A label moved, one upon another, a wide box, a small button, a text wider than its place, a bad contrast."""
    page = open_page(address + "index.html")
    assert measure(page) == judge_access(page) == []
    page.evaluate("""() => {
      const [moved, covered] = document.querySelectorAll(".picture.wide svg text"), twin = covered.cloneNode();
      moved.setAttribute("dx", "-400");
      twin.textContent = "another label";
      covered.after(twin);
      document.querySelector("h2").style.cssText = "width: 40px; white-space: nowrap";
      const [wide, small, pale] = ["div", "button", "p"].map((name) => document.createElement(name));
      wide.style.cssText = "width: 3000px; height: 9px";
      small.style.cssText = "all: unset; display: block; width: 9px; height: 9px";
      pale.style.color = "#ddd";
      small.textContent = "x";
      pale.textContent = "a pale line";
      document.querySelector("main").append(wide, small, pale);
    }""")
    found = "\n".join(measure(page))
    for fault in ("sideways", "label of a chart", "lie on each other", "button x is 9 x 9", "out of its <h2>"):
        assert fault in found
    assert "color-contrast" in "\n".join(judge_access(page))


def test_every_page_opens_as_a_file_without_an_error(browser: Browser, shown: Site, paths: list[str]) -> None:
    root = f"{shown.folder.as_uri()}/"
    page = browser.new_page()
    watch = Watch(page)
    faults = []
    for path in paths:
        page.goto(root + path)
        faults += [f"{path} {fault}" for fault in watch.list_faults(root)]
        watch.errors.clear()
        watch.requests.clear()
    page.close()
    assert not faults, "\n".join(faults)


def test_pages_of_every_kind_keep_the_rules_of_access(
    open_page: Callable[..., Page], address: str, paths: list[str]
) -> None:
    """WCAG 2.2 AA by axe, on a desk and on a phone."""
    faults = []
    for path in choose_of_each_kind(paths):
        page = open_page(address + path)
        faults += [f"{path} {fault}" for fault in judge_access(page)]
    page.set_viewport_size({"width": 360, "height": 800})
    faults += [f"{path} at 360 px {fault}" for fault in judge_access(page)]
    assert not faults, "\n".join(faults)


def test_facts_and_caveats_are_read_on_every_page_on_screen_and_paper(
    browser: Browser, address: str, paths: list[str], shown: Site
) -> None:
    page = browser.new_page()
    for path in paths:
        page.goto(address + path)
        for medium in ("screen", "print"):
            page.emulate_media(media=medium)  # type: ignore[arg-type]
            assert page.locator("header .reach").is_visible(), path
            assert page.locator(".invented").is_visible(), path
            has_reports = path.removesuffix(".html").partition("-")[0] in WITH_REPORTS
            assert not has_reports or page.get_by_text("These are reports, not rates.").first.is_visible(), path
        assert page.locator("h1").count() == 1, path
        assert page.locator("footer .facts").get_by_text(shown.snapshot.name).count() or "snapshot" in path, path
    page.close()


def test_pages_are_complete_without_scripts(open_page: Callable[..., Page], address: str, paths: list[str]) -> None:
    for path in choose_of_each_kind(paths):
        page = open_page(address + path, java_script_enabled=False)
        assert page.get_by_role("button").count() == 0, path
        assert page.locator("form.filters").filter(visible=True).count() == 0, path
        for table in page.locator("main table").filter(visible=True).all():
            assert table.locator("tbody tr").filter(visible=True).count() == table.locator("tbody tr").count(), path
        for chart in page.locator(".chart").all():
            assert chart.locator("svg").filter(visible=True).count() == 1, path
    assert paths


def press_until(page: Page, what: str) -> None:
    """Press the Tab key until an element is in focus."""
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("what => document.activeElement.matches(what)", what):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
            return
    raise AssertionError(f"the Tab key does not reach {what}")


def test_first_press_of_the_tab_key_offers_the_way_to_the_content(
    open_page: Callable[..., Page], address: str
) -> None:
    page = open_page(address + "signals.html")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


COUNTS = """
select with_both_count from summary.signal
where definition = 'narrow' and analysis = 'primary' and comparator = 'all_other_cases' and stratum = 'all'
"""


def test_rows_are_sorted_and_chosen_by_keyboard_and_the_address_keeps_the_choice(
    open_page: Callable[..., Page], address: str, shown: Site
) -> None:
    """The state is announced: aria-sort of the heading, and the number of rows in a live region."""
    page = open_page(address + "signals.html")
    heading = page.locator("#signals-faers thead th").filter(has_text="Both").first
    position = page.locator("#signals-faers thead th").all_inner_texts().index("Both")
    rows = page.locator("#signals-faers tbody tr")
    press_until(page, f"#signals-faers thead th:nth-child({position + 1}) button")
    counts = sorted(int(str(count)) for (count,) in shown.ask(COUNTS))
    for state, expected in (("descending", counts[::-1]), ("ascending", counts)):
        page.keyboard.press("Enter")
        assert heading.get_attribute("aria-sort") == state
        cells = rows.locator(f":nth-child({position + 1})").all_inner_texts()
        assert [int(text.replace(",", "")) for text in cells] == expected
    page.goto(address + "signals.html")
    press_until(page, "select[name=drug]")
    page.keyboard.press("k")
    live = page.locator("form.filters output")
    assert live.get_attribute("aria-live") == "polite"
    count = len(shown.ask(f"{COUNTS} and drug = 'ketamine'"))
    expect(live).to_have_text(f"{count} of {len(counts)} rows")
    assert rows.filter(visible=True).count() == count < len(counts)
    chosen = page.url
    assert chosen.endswith("#drug=ketamine")
    again = open_page(chosen)
    expect(again.locator("select[name=drug]")).to_have_value("ketamine")
    expect(again.locator("form.filters output")).to_have_text(f"{count} of {len(counts)} rows")


@pytest.mark.parametrize("is_file", [False, True])
@pytest.mark.parametrize("width", [1280, 360])
def test_chart_is_explored_with_what_the_site_holds(
    open_page: Callable[..., Page], address: str, shown: Site, width: int, is_file: bool
) -> None:
    """Drawn anew by Vega under the strict policy, also of pages opened as files; a mark says its numbers."""
    root = f"{shown.folder.as_uri()}/" if is_file else address
    page = open_page("about:blank", viewport={"width": width, "height": 900})
    watch = Watch(page)
    page.goto(root + "index.html")
    assert not [each for each in watch.requests if each.endswith((exploring.VEGA, "charts/index.js"))]
    chart = page.locator(".chart").first
    chart.get_by_role("button", name=EXPLORE).focus()
    page.keyboard.press("Enter")
    canvas = chart.locator(".explored canvas")
    expect(canvas).to_be_visible(timeout=60_000)
    expect(chart.locator(".picture").filter(visible=True)).to_have_count(0)
    said = point_at_a_mark(page)
    drug = next(drug for drug in DRUGS if say_drug(drug) == said["Drug"])
    reaction = next(reaction for reaction in REACTIONS if say_reaction(reaction) == said["Reaction"])
    found = shown.ask(f"{COUNTS} and route = 'any' and drug = '{drug}' and reaction = '{reaction}'")
    assert [(int(said["Cases"]),)] == found
    assert watch.list_faults(root) == measure(page) == judge_access(page) == []
    chart.get_by_role("button", name="Show the picture again").click()
    expect(chart.locator(".picture svg").filter(visible=True)).to_have_count(1)


def point_at_a_mark(page: Page) -> dict[str, str]:
    """Move the pointer over the explored chart, from its middle on, until a mark says what it is."""
    place = page.locator(".explored:visible")
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    assert box
    tip = page.locator(".tip:visible")
    for step in range(100):
        page.mouse.move(box["x"] + box["width"] * (0.5 + step / 250), box["y"] + box["height"] * (0.5 + step / 250))
        if tip.count():
            headings, texts = tip.locator("dt").all_inner_texts(), tip.locator("dd").all_inner_texts()
            return dict(zip(headings, texts, strict=True))
    raise AssertionError("no mark says what it is")


def find_column(page: Page, left: float, y: float, width: float) -> float:
    """Where marks stand below each other: the place across at which some point of three in a column is on one."""
    for x in range(int(left + width / 4), int(left + width), 3):
        for down in (0, 2, 4):
            page.mouse.move(x, y + down)
            if page.locator(".tip:visible").count():
                return x + 1
    raise AssertionError("no mark says what it is")


def test_hostile_labels_of_an_explored_chart_stay_text(
    open_page: Callable[..., Page], address: str, shown: Site
) -> None:
    """Sixty hostile texts in the data of a chart: drawn and said, and nothing else happens."""
    texts = [storable(text) for text in PAYLOADS]
    frame = pd.DataFrame({"count": 5, "ic": range(len(texts)), "is_flagged": True, "name": texts})
    with exploring.collect_specifications() as found:
        drawn = charts.draw(lambda width: charts.draw_scatter(frame, width), "hostile", "hostile").__html__()
    exploring.write_specifications(shown.folder / "static", "hostile.html", found)
    whole = (shown.folder / "index.html").read_text().replace("charts/index.js", "charts/hostile.js")
    before, _, after = whole.partition('<main id="content">')
    page_text = f'{before}<main id="content">{drawn}</main>{after.partition("</main>")[2]}'
    (shown.folder / "hostile.html").write_bytes(page_text.encode("utf-8", "backslashreplace"))
    page = open_page("about:blank")
    watch, dialogs = Watch(page), []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(address + "hostile.html")
    page.get_by_role("button", name=EXPLORE).click()
    place = page.locator(".explored")
    expect(place.locator("canvas")).to_be_visible(timeout=60_000)
    place.scroll_into_view_if_needed()
    box = place.locator("canvas").bounding_box()
    assert box
    across = find_column(page, box["x"], box["y"] + box["height"] / 2, box["width"])
    said = set()
    for step in range(0, int(box["height"]), 3):
        page.mouse.move(across, box["y"] + step)
        if page.locator(".tip:visible").count():
            said.add(page.locator(".tip dd").first.inner_text())
    assert len(said) > 10, (said, box)
    assert page.locator(".tip").evaluate("tip => [...tip.querySelectorAll('*')].map((each) => each.localName)") == [
        "div", "dd", "div", "dt", "dd", "div", "dt", "dd",
    ]  # fmt: skip
    assert dialogs == watch.list_faults(address) == []
    (shown.folder / "hostile.html").unlink()


def test_page_opened_before_another_snapshot_is_published_stays_whole(
    open_page: Callable[..., Page], shown: Site, tmp_path: Path
) -> None:
    """Each snapshot's pages are at an address of their own: what a page loads later is of the same snapshot."""
    old, new = tmp_path / "reports" / "old", tmp_path / "reports" / "new"
    shutil.copytree(shown.folder, old)
    with serve(tmp_path / "reports") as address:
        page = open_page(f"{address}old/index.html")
        watch = Watch(page)
        shutil.copytree(shown.folder, new)
        for path in new.rglob("*.*"):
            path.write_text("of another snapshot")
        page.get_by_role("button", name=EXPLORE).first.click()
        expect(page.locator(".explored canvas").first).to_be_visible(timeout=60_000)
        page.get_by_role("link", name="Signals").first.click()
        expect(page.locator("h1")).to_have_text("Signals")
        assert watch.list_faults(address) == []
        assert all(each.startswith((f"{address}old/", "blob:")) for each in watch.requests)
