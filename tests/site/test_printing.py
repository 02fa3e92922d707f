"""Pages as one document to print, and what is said where nothing can print it."""

from pathlib import Path

import pytest

from pipeline.errors import NightvigilError, UsageError
from pipeline.site.printing import find_chromium, join_pages, print_site
from tests.site.browser import CHROMIUM
from tests.site.conftest import Site, parse_page


def test_joined_pages_have_every_table_once_and_links_into_the_document(site: Site, tmp_path: Path) -> None:
    names = ("index.html", "drug-ketamine.html")
    (tmp_path / "whole.html").write_text(join_pages({name: (site.folder / name).read_text() for name in names}))
    whole = parse_page(tmp_path / "whole.html")
    assert whole.tables == site.pages[names[0]].tables | site.pages[names[1]].tables
    tags = [tag for tag, _ in whole.elements]
    assert [tags.count(tag) for tag in ("html", "header", "footer", "main", "h1")] == [1, 1, 1, 2, 2]
    links = {found["href"] for tag, found in whole.elements if tag == "a"}
    assert "#page-drug-ketamine" in links
    assert "drug-ketamine.html" not in links
    assert "signals.html" in links


def test_absent_program_and_unknown_page_are_refused_with_advice(site: Site, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"NIGHTVIGIL_CHROMIUM"):
        find_chromium(tmp_path / "chromium")
    with pytest.raises(UsageError, match=r"no page thesis\.html"):
        print_site(site.folder, tmp_path / "out.pdf", ["thesis"])
    assert not (tmp_path / "out.pdf").exists()


def test_program_that_prints_nothing_is_an_error_and_leaves_the_file_of_before(site: Site, tmp_path: Path) -> None:
    (tmp_path / "out.pdf").write_text("before")
    with pytest.raises(NightvigilError, match="printed nothing"):
        print_site(site.folder, tmp_path / "out.pdf", ["index"], Path("/bin/false"))
    assert (tmp_path / "out.pdf").read_text() == "before"


@pytest.mark.proof
def test_pages_are_printed_into_one_file(site: Site, tmp_path: Path) -> None:
    """More sheets for two pages than for one; the caveat is on them, as `test_browser` sees in print."""
    sheets = []
    for number, pages in enumerate((["index"], ["index", "drug-ketamine.html"])):
        target = tmp_path / "new" / f"{number}.pdf"
        assert len(print_site(site.folder, target, pages, Path(CHROMIUM))) == number + 1
        content = target.read_bytes()
        assert content.startswith(b"%PDF-")
        sheets.append(content.count(b"/Type /Page\n"))
    assert 1 <= sheets[0] < sheets[1]
