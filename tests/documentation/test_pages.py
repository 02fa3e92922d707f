"""The pages that people write: links, paths and pictures lead somewhere, and the built site loads nothing else."""

import csv
import re
from pathlib import Path

import pytest

from docs_build.__main__ import ASK, BESIDE
from docs_build.built import find_problems, main
from pipeline.resources import ROOT

WRITTEN = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
FOLDERS = "sql|pipeline|tests|expectations|deploy|dags|docs|notebooks"
PATH = re.compile(rf"`((?:{FOLDERS})/[\w./-]*)`")
MADE = ("docs/pictures",)
LIMIT = 150_000


def name_page(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", WRITTEN, ids=name_page)
def test_every_path_that_a_page_names_is_there(path: Path) -> None:
    for named in PATH.findall(path.read_text()):
        assert (ROOT / named).exists(), f"{name_page(path)} names {named}"


@pytest.mark.parametrize("path", WRITTEN, ids=name_page)
def test_every_link_of_a_page_leads_to_a_page(source: Path, path: Path) -> None:
    """In README to files of the project, in docs to pages of the site."""
    is_page = path.is_relative_to(ROOT / "docs")
    folder = source / path.relative_to(ROOT / "docs").parent if is_page else path.parent
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text()):
        assert (folder / target).is_file(), f"{name_page(path)} links {target}"


def test_site_holds_what_stands_elsewhere(source: Path) -> None:
    """The questions of README, the decisions, the changes and the runbook are read in the site as well."""
    questions = (ROOT / "README.md").read_text().split("### Questions")[1]
    first = re.search(r"(?m)^    \.venv/bin/nightvigil sql .*$", questions)
    assert first is not None and first[0] in (source / ASK).read_text()
    for name, page in BESIDE.items():
        assert (source / page).read_text() == (ROOT / name).read_text()
        assert not (ROOT / "docs" / page).exists(), "nothing is kept twice"


def test_pictures_are_small_and_their_captions_say_that_the_world_is_invented() -> None:
    readme = (ROOT / "README.md").read_text()
    pictures = re.findall(r"!\[.*\]\((.*)\)\n\*(.*)\*", readme)
    assert {path.name for path in (ROOT / "docs" / "pictures").iterdir()} == {Path(name).name for name, _ in pictures}
    for name, caption in pictures:
        assert (ROOT / name).stat().st_size < LIMIT
        assert "invented" in caption


def test_row_of_a_brand_has_the_columns_of_its_list() -> None:
    page = (ROOT / "docs" / "how-to" / "add-a-brand.md").read_text()
    block = re.search(r"(?ms)^ *```text\n(.*?)^ *```", page)
    assert block is not None
    header, row = csv.reader(line.strip() for line in block[1].splitlines())
    with (ROOT / "sql" / "codes" / "shared" / "watched_name.csv").open(newline="", encoding="utf-8") as file:
        assert header == next(csv.reader(file))
    assert len(row) == len(header)


PAGE = '<html><head>{head}</head><body id="top"><a href="{link}">x</a><h1 id="here">x</h1></body></html>'


@pytest.mark.parametrize(
    ("head", "link", "problem"),
    [
        ('<link rel="stylesheet" href="style.css">', "other.html#there", ""),
        ("", "#here", ""),
        ("", "https://example.org", ""),
        ("", "absent.html", "leads to no file"),
        ("", "other.html#absent", "leads to no place"),
        ('<script src="https://example.org/x.js"></script>', "#here", "from elsewhere"),
        ('<link rel="stylesheet" href="//example.org/x.css">', "#here", "from elsewhere"),
        ('<script src="absent.js"></script>', "#here", "is not there"),
    ],
)
def test_built_site_is_refused_where_it_loads_or_leads_elsewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], head: str, link: str, problem: str
) -> None:
    (tmp_path / "index.html").write_text(PAGE.format(head=head, link=link))
    (tmp_path / "other.html").write_text('<h1 id="there">x</h1>')
    (tmp_path / "style.css").write_text("h1 { color: black }")
    assert main(tmp_path) == (1 if problem else 0)
    assert problem in capsys.readouterr().err


def test_style_that_loads_a_font_from_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<h1>x</h1>")
    (tmp_path / "style.css").write_text("@font-face { src: url( 'https://example.org/x.woff') }")
    assert list(find_problems(tmp_path)) == ["style.css loads something from elsewhere"]


def test_folder_without_a_page_is_refused(tmp_path: Path) -> None:
    assert main(tmp_path) == 1
