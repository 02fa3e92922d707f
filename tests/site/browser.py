"""Pages in a real browser: Debian's Chromium, driven by Playwright, and what is measured of a page in it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, Request, sync_playwright

from pipeline.site.serving import make_server

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTHS = (1280, 360)
HEIGHT = 800
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
"""The tags of axe for WCAG 2.2 at level AA."""
ABORTED = "net::ERR_ABORTED"
"""A request for an icon, say, that was under way when the next page was opened."""
MEASURE = """() => {
  const root = document.documentElement, faults = [];
  if (root.scrollWidth > root.clientWidth)
    faults.push(`needs ${root.scrollWidth} of ${root.clientWidth} px: it scrolls sideways`);
  for (const text of document.querySelectorAll("svg text")) {
    const own = text.getBoundingClientRect(), whole = text.ownerSVGElement.getBoundingClientRect();
    if (own.width > 0 && (own.left < whole.left - 1 || own.right > whole.right + 1
        || own.top < whole.top - 1 || own.bottom > whole.bottom + 1))
      faults.push(`the label of a chart is cut off: ${text.textContent}`);
  }
  for (const picture of document.querySelectorAll("svg")) {
    // a box along the line of its text, as the boxes of slanted labels beside each other always overlap
    const texts = Array.from(picture.querySelectorAll("text"), (text) => {
      const way = text.getScreenCTM(), flat = text.getBBox(), size = Math.hypot(way.a, way.b);
      const turn = Math.atan2(way.b, way.a), x = flat.x + flat.width / 2, y = flat.y + flat.height / 2;
      const right = way.a * x + way.c * y + way.e, below = way.b * x + way.d * y + way.f;
      return {
        said: text.textContent.trim(), turn, width: flat.width * size, height: flat.height * size,
        along: right * Math.cos(turn) + below * Math.sin(turn),
        beside: below * Math.cos(turn) - right * Math.sin(turn),
      };
    }).filter((text) => text.width > 0 && text.said);
    texts.forEach((one, at) => texts.slice(at + 1).forEach((other) => {
      const across = (one.width + other.width) / 2 - Math.abs(one.along - other.along);
      const down = (one.height + other.height) / 2 - Math.abs(one.beside - other.beside);
      if (Math.abs(one.turn - other.turn) < 0.02 && one.said !== other.said
          && across > 2 && down > 0.5 * Math.min(one.height, other.height))
        faults.push(`labels of a chart lie on each other: ${one.said} and ${other.said}`);
    }));
  }
  for (const each of document.querySelectorAll("th, td, caption, p, h1, h2, h3, dt, dd, li, summary, label, nav a")) {
    if (each.clientWidth > 0 && each.scrollWidth > each.clientWidth + 1)
      faults.push(`a text reaches out of its <${each.localName}>: ${each.textContent.trim().slice(0, 60)}`);
  }
  for (const each of document.querySelectorAll("button, select, input, summary, nav a")) {
    const box = each.getBoundingClientRect();
    if (box.width > 0 && box.right > 0 && (box.height < 24 || box.width < 24))
      faults.push(`${each.localName} ${each.textContent.trim()} is ${box.width} x ${box.height} px, less than 24`);
  }
  return [...new Set(faults)];
}"""
JUDGE = """async standards => {
  const found = await axe.run(document, {resultTypes: ["violations"], runOnly: {type: "tag", values: standards}});
  return found.violations.map(each => `breaks ${each.id} (${each.help}): ${each.nodes.length} x, such as `
    + each.nodes[0].html.slice(0, 200));
}"""


@contextmanager
def open_browser() -> Iterator[Browser]:
    """The browser, until the block ends."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """The address of a folder that is served as `nightvigil report --serve` serves it."""
    with make_server(folder, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


class Watch:
    """Everything that a page asks for, and everything that it complains of."""

    def __init__(self, page: Page) -> None:
        self.requests: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("requestfailed", self._record_failure)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda line: self.errors.append(line.text) if line.type in ("error", "warning") else None)

    def _record_failure(self, request: Request) -> None:
        if request.failure != ABORTED:
            self.errors.append(f"not loaded: {request.url} ({request.failure})")

    def list_faults(self, address: str) -> list[str]:
        """Errors, and requests that go elsewhere than the address of the site."""
        own = urlsplit(address)
        outside = [each for each in self.requests if urlsplit(each)[:2] != own[:2] and not each.startswith("blob:")]
        return [*self.errors, *(f"asks for {each}" for each in outside)]


def measure(page: Page) -> list[str]:
    """What a reader would not see of the page as it is shown now."""
    page.evaluate("document.fonts.ready.then(() => true)")
    found: list[str] = page.evaluate(MEASURE)
    return found


def judge_access(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA. It comes through the debugger, so that the page's policy stays in force."""
    page.evaluate(AXE_SCRIPT + "; true")
    found: list[str] = page.evaluate(JUDGE, STANDARDS)
    return found


def choose_of_each_kind(paths: list[str]) -> list[str]:
    """The first and the last page of each kind; the kind is the name up to its first hyphen, such as `drug`."""
    kinds: dict[str, list[str]] = {}
    for path in paths:
        kinds.setdefault(path.removesuffix(".html").partition("-")[0], []).append(path)
    return [path for found in kinds.values() for path in dict.fromkeys((found[0], found[-1]))]


def find_faults(page: Page, address: str, path: str, widths: tuple[int, ...] = WIDTHS) -> list[str]:
    """Every fault of a page at some widths, each with the page's name."""
    watch = Watch(page)
    faults: list[str] = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        if width == widths[0]:
            page.goto(address + path)
        faults += [f"at {width} px {fault}" for fault in measure(page)]
    faults += watch.list_faults(address)
    return [f"{path} {fault}" for fault in faults]
