"""Make the pages of a snapshot: in a folder beside the target, which then takes its place by one rename."""

import json
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import NightvigilError, UsageError
from pipeline.page_templates import open_templates
from pipeline.site import numbers, words
from pipeline.site.charts.exploring import Specifications, collect_specifications, write_specifications
from pipeline.site.context import Context, open_context
from pipeline.site.page import Link, Page
from pipeline.site.pages import MAKERS
from pipeline.site.texts import clean_text

FOLDER = Path(__file__).parent
STATIC, TEMPLATES = FOLDER / "static", FOLDER / "templates"
RECORD = "report.json"
PATH = re.compile(r"[a-z0-9][a-z0-9-]{0,118}\.html")


def build_site(
    snapshot: Path,
    target: Path,
    say: Callable[[str], None] = lambda line: None,
    *,
    is_suppressed: bool = False,
    limits: Mapping[str, str | int] | None = None,
) -> list[str]:
    """Make the site of the snapshot in a folder, and return the paths of its pages.

    is_suppressed: without small counts of cases and what would reveal them, as `Settings.export_suppress` says.
    limits: settings of DuckDB, such as memory_limit.
    A report that is there already is replaced; any other folder is not touched. Raises UsageError where the target
    holds something else, PublicationFailed where the snapshot cannot be read.
    """
    require_own(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with open_context(snapshot, limits or {}, is_suppressed=is_suppressed) as context:
            shutil.copytree(STATIC, draft / "static")
            paths = [_write(draft, page, context, say) for page in _Pages(context).render()]
            record = {"snapshot_id": context.snapshot_id, "is_suppressed": is_suppressed, "pages": paths}
            (draft / RECORD).write_text(json.dumps(record, indent=1) + "\n")
        _put_in_place(draft, target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return paths


def is_suppressed_alike(site: Path, is_suppressed: bool) -> bool:
    """Whether a finished site leaves out small counts exactly as is asked for."""
    record = json.loads((site / RECORD).read_text())
    return bool(record.get("is_suppressed", False)) == is_suppressed


def require_own(target: Path) -> None:
    """Raise UsageError where the target is anything but absent, empty or an earlier report."""
    if not target.exists() or (target / RECORD).is_file():
        return
    if not target.is_dir() or any(target.iterdir()):
        raise UsageError(
            "the folder holds something that is no report, and is left as it is",
            where=str(target),
            todo="name a folder that does not exist yet with --to",
        )


class _Pages:
    """The pages of one snapshot, rendered one after the other."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._links: list[Link] = [link for maker in MAKERS for link in maker.name_links(context)]
        self._environment = _make_environment()

    def render(self) -> Iterator[tuple[str, str, Specifications]]:
        """Path, text and charts of each page.

        Raises NightvigilError where two have one path, or a link leads nowhere.
        """
        seen = set()
        for maker in MAKERS:
            for page in maker.make_pages(self._context):
                if not PATH.fullmatch(page.path) or page.path in seen:
                    raise _find_fault(f"the path {page.path!r} is not valid, or names two pages", maker.__name__)
                seen.add(page.path)
                with collect_specifications() as found:
                    text = self._render_page(page)
                yield page.path, text, found
        if lost := [link.path for link in self._links if link.path not in seen]:
            raise _find_fault(f"the navigation leads to pages that were not made: {', '.join(lost)}", __name__)

    def _render_page(self, page: Page) -> str:
        template = self._environment.get_template(page.template)
        text: str = template.render(page=page, links=self._links, context=self._context, **page.values)
        return text


def _write(draft: Path, page: tuple[str, str, Specifications], context: Context, say: Callable[[str], None]) -> str:
    path, text, specifications = page
    (draft / path).write_bytes(text.encode("utf-8", "backslashreplace"))
    write_specifications(draft / "static", path, specifications)
    say(path)
    return path


def _put_in_place(draft: Path, target: Path) -> None:
    """Rename the finished folder to the target; an earlier report there is moved away first, then removed."""
    if not target.exists():
        draft.rename(target)
        return
    old = target.with_name(f".{target.name}.{secrets.token_hex(4)}.old")
    target.rename(old)
    draft.rename(target)
    shutil.rmtree(old)


def _make_environment() -> Any:
    environment = open_templates(TEMPLATES, clean=clean_text, is_indented=True)
    environment.filters |= {
        name.removeprefix("show_"): getattr(numbers, name) for name in dir(numbers) if name.startswith("show_")
    }
    environment.filters |= {name: getattr(words, name) for name in dir(words) if name.startswith("say")}
    return environment


def _find_fault(what: str, where: str) -> NightvigilError:
    return NightvigilError(what, where=where, todo="this is a fault of the code: report it to the maintainers")
