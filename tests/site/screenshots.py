"""`make screenshots`: each page of a report as a picture at 1280 and 360 pixels and as a printed sheet.

Of kinds with many pages, such as listings of cases, the first and the last are taken. Named are the faults that the
proofs in a browser look for as well: labels cut off, sideways scrolling, small targets, errors.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from tests.site.browser import WIDTHS, choose_of_each_kind, find_faults, open_browser, serve

MANY = 40
"""Pages up to which each has its pictures."""
RESOLUTION = "60"


def main(report: Path, target: Path) -> int:
    """Take the pictures; 1 where a page has a fault."""
    target.mkdir(parents=True, exist_ok=True)
    paths = json.loads((report / "report.json").read_text())["pages"]
    chosen = paths if len(paths) <= MANY else choose_of_each_kind(paths)
    faults = []
    with open_browser() as browser, serve(report) as address:
        for path in chosen:
            stem = target / path.removesuffix(".html")
            page = browser.new_page()
            for width in WIDTHS:
                faults += find_faults(page, address, path, (width,))
                page.screenshot(path=f"{stem}-{width}.png", full_page=True)
                print(f"{stem}-{width}.png", flush=True)
            page.pdf(path=f"{stem}.pdf", prefer_css_page_size=True, print_background=False)
            page.close()
            if shutil.which("pdftoppm"):
                subprocess.run(["pdftoppm", "-r", RESOLUTION, "-png", f"{stem}.pdf", f"{stem}-sheet"], check=True)
    print("\n".join(faults) or f"no fault in {len(chosen)} of {len(paths)} pages")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), Path(sys.argv[2])))
