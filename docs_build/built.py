"""Check the built site: `python -m docs_build.built FOLDER` fails where a page loads or leads where it must not."""

import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src"}
"""The attribute by which an element loads something, by element."""
NO_LOAD = {"next", "prev", "search", "index", "author", "canonical"}  # kinds of `link` that nothing is loaded for


class Page(HTMLParser):
    """One page. loaded: addresses of what it loads. links: where it leads. ids: places that links may name."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element loads, leads to or names."""
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids.add(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        wanted = given.get(LOADED.get(tag, ""), "")
        if wanted and not (tag == "link" and given.get("rel") in NO_LOAD):
            self.loaded.append(wanted)


def find_problems(folder: Path) -> Iterator[str]:
    """What is wrong with the pages of a folder: something loaded from elsewhere, or a link whose target is absent."""
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.html"))}
    for path, page in pages.items():
        name = path.relative_to(folder)
        for address in page.loaded:
            if is_elsewhere(address):
                yield f"{name} loads {address} from elsewhere"
            elif not address.startswith("data:") and not _resolve(path, address).is_file():
                yield f"{name} loads {address}, which is not there"
        for address in page.links:
            if not is_elsewhere(address) and (problem := _find_broken(path, address, pages)):
                yield f"{name}: {problem}"
    for path in sorted(folder.rglob("*.css")):
        if "url(http" in path.read_text(encoding="utf-8").replace('"', "").replace("'", "").replace(" ", ""):
            yield f"{path.relative_to(folder)} loads something from elsewhere"


def is_elsewhere(address: str) -> bool:
    """Whether an address leaves the site."""
    parts = urlsplit(address)
    return bool(parts.netloc) or parts.scheme in ("http", "https", "mailto")


def _find_broken(path: Path, address: str, pages: dict[Path, Page]) -> str:
    target = _resolve(path, address)
    if not target.exists():
        return f"the link {address} leads to no file"
    place = unquote(urlsplit(address).fragment)
    if place and target in pages and place not in pages[target].ids:
        return f"the link {address} leads to no place of that page"
    return ""


def _resolve(path: Path, address: str) -> Path:
    name = unquote(urlsplit(address).path)
    return (path.parent / name).resolve() if name else path.resolve()


def main(folder: Path) -> int:
    """Print every problem; 1 where there is one, or no page at all."""
    problems = list(find_problems(folder.resolve()))
    if not (folder / "index.html").is_file():
        problems.append(f"{folder} has no index.html: nothing was built")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
