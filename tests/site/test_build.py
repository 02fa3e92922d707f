"""A report is made beside its place and renamed into it; what is no report is never touched."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from pipeline.errors import NightvigilError, PublicationFailed, UsageError
from pipeline.site import build
from pipeline.site.build import build_site
from pipeline.site.context import Context, open_context
from pipeline.site.page import Link, Page
from tests.site.conftest import Site

pytestmark = pytest.mark.slow


class OneMaker:
    """A maker whose pages a test chooses."""

    __name__ = "one"

    def __init__(self, *pages: Page, links: tuple[Link, ...] = (), error: Exception | None = None) -> None:
        self._pages, self._links, self._error = pages, links, error

    def make_pages(self, context: Context) -> Iterator[Page]:
        yield from self._pages
        if self._error:
            raise self._error

    def name_links(self, context: Context) -> tuple[Link, ...]:
        return self._links


PAGE = Page("one.html", "One", "base.html", {})


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[OneMaker], None]:
    return lambda maker: monkeypatch.setattr(build, "MAKERS", (maker,))


def list_names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_report_is_replaced_and_nothing_is_left_beside_it(
    site: Site, tmp_path: Path, use: Callable[[OneMaker], None]
) -> None:
    use(OneMaker(PAGE))
    target = tmp_path / "report"
    build_site(site.snapshot, target)
    (target / "old.html").write_text("old")
    assert build_site(site.snapshot, target) == ["one.html"]
    assert list_names(tmp_path) == ["report"]
    assert list_names(target) == ["one.html", "report.json", "static"]
    assert json.loads((target / "report.json").read_text())["pages"] == ["one.html"]


def test_two_processes_make_the_pages_of_one(site: Site, tmp_path: Path) -> None:
    """Every file, and the record of the pages in the order of the navigation."""
    said: list[str] = []
    limits: dict[str, str | int] = {"threads": 2, "memory_limit": "600MB", "temp_directory": str(tmp_path / "spill")}
    paths = build_site(site.snapshot, tmp_path / "report", said.append, limits=limits)
    assert sorted(said) == sorted(paths)
    one = {path.relative_to(site.folder): path.read_bytes() for path in site.folder.rglob("*") if path.is_file()}
    two = tmp_path / "report"
    assert {path.relative_to(two): path.read_bytes() for path in two.rglob("*") if path.is_file()} == one


def test_failing_page_leaves_the_report_of_before(
    site: Site, tmp_path: Path, use: Callable[[OneMaker], None]
) -> None:
    use(OneMaker(PAGE))
    build_site(site.snapshot, tmp_path / "report")
    before = (tmp_path / "report" / "one.html").read_bytes()
    use(OneMaker(PAGE, error=RuntimeError("no")))
    with pytest.raises(RuntimeError):
        build_site(site.snapshot, tmp_path / "report")
    assert list_names(tmp_path) == ["report"]
    assert (tmp_path / "report" / "one.html").read_bytes() == before


def test_folder_that_is_no_report_is_refused_and_left_as_it_is(site: Site, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    with pytest.raises(UsageError, match="no report"):
        build_site(site.snapshot, tmp_path / "thesis")
    assert list_names(tmp_path / "thesis") == ["chapter.txt"]


@pytest.mark.parametrize("path", ["../out.html", "A.html", "a/b.html", "a.htm", "", "a.html\n"])
def test_path_outside_the_folder_is_refused(
    site: Site, tmp_path: Path, use: Callable[[OneMaker], None], path: str
) -> None:
    use(OneMaker(Page(path, "One", "base.html", {})))
    with pytest.raises(NightvigilError, match="not valid"):
        build_site(site.snapshot, tmp_path / "report")
    assert list_names(tmp_path) == []


def test_two_pages_of_one_path_and_a_link_without_a_page_are_refused(
    site: Site, tmp_path: Path, use: Callable[[OneMaker], None]
) -> None:
    use(OneMaker(PAGE, PAGE))
    with pytest.raises(NightvigilError, match="names two pages"):
        build_site(site.snapshot, tmp_path / "report")
    use(OneMaker(PAGE, links=(Link("gone.html", "Gone"),)))
    with pytest.raises(NightvigilError, match=r"gone\.html"):
        build_site(site.snapshot, tmp_path / "report")


def test_snapshot_is_read_only_and_reaches_nothing_else(site: Site, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with open_context(site.snapshot) as context:
        for query in (
            "delete from summary.signal",
            f"select * from read_csv('{tmp_path / 'secret.csv'}')",
            "set enable_external_access = true",
        ):
            with pytest.raises(duckdb.Error):
                context.ask(query)
        assert context.ask("select $name as name", {"name": "'; --"}) == [{"name": "'; --"}]


def test_snapshot_without_its_verdict_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(PublicationFailed, match=r"doctor"):
        build_site(tmp_path, tmp_path / "report")
    assert list_names(tmp_path) == []
