"""Make the pages of a snapshot: in a folder beside the target, which then takes its place by one rename."""

import json
import re
import secrets
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.errors import NightvigilError, UsageError
from pipeline.memory import divide_limit
from pipeline.page_templates import open_templates
from pipeline.processes import map_parts
from pipeline.site import numbers, words
from pipeline.site.charts.exploring import collect_specifications, write_specifications
from pipeline.site.context import Limits, open_context
from pipeline.site.page import Link
from pipeline.site.pages import MAKERS, Maker, cases, drugs, evidence_map, routes, trials
from pipeline.site.texts import clean_text

FOLDER = Path(__file__).parent
STATIC, TEMPLATES = FOLDER / "static", FOLDER / "templates"
RECORD = "report.json"
LONGEST: tuple[Maker, ...] = (trials, cases, drugs, evidence_map, routes)
PATH = re.compile(r"[a-z0-9][a-z0-9-]{0,118}\.html")


def build_site(
    snapshot: Path,
    target: Path,
    say: Callable[[str], None] = lambda line: None,
    *,
    is_suppressed: bool = False,
    limits: Limits | None = None,
) -> list[str]:
    """Make the site of the snapshot in a folder, and return the paths of its pages.

    is_suppressed: without small counts of cases and what would reveal them, as `Settings.export_suppress` says.
    limits: settings of DuckDB for all processes together. As many share the pages as its threads, which need its
    memory_limit beside them; without it one process makes them.
    A report that is there already is replaced; any other folder is not touched. Raises UsageError where the target
    holds something else, PublicationFailed where the snapshot cannot be read.
    """
    require_own(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with open_context(snapshot, is_suppressed=is_suppressed) as context:
            links = tuple(link for maker in MAKERS for link in maker.name_links(context))
            snapshot_id = context.snapshot_id
        shutil.copytree(STATIC, draft / "static")
        processes = int(str((limits or {}).get("threads", 1)))
        task = _Task(snapshot, draft, links, is_suppressed, _divide(limits or {}, processes))
        paths = _write_pages(task, processes, say)
        record = {"snapshot_id": snapshot_id, "is_suppressed": is_suppressed, "pages": paths}
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


@dataclass(frozen=True)
class _Task:
    """What makers of pages share. limits: settings of DuckDB for one process."""

    snapshot: Path
    draft: Path
    links: tuple[Link, ...]
    is_suppressed: bool
    limits: Limits


def _divide(limits: Limits, processes: int) -> Limits:
    """Limits of all processes together as those of each: one thread, and its part of the memory."""
    if processes < 2:
        return limits
    return {**limits, "threads": 1, "memory_limit": divide_limit(str(limits["memory_limit"]), processes)}


def _write_pages(task: _Task, processes: int, say: Callable[[str], None]) -> list[str]:
    """Write the pages of every maker, and return their paths in the order of the navigation.

    Raises NightvigilError where two have one path, or a link leads nowhere.
    """
    order = sorted(range(len(MAKERS)), key=lambda place: _rank(MAKERS[place]))
    paths: dict[int, list[str]] = {}
    for place, written in zip(order, map_parts(_write_pages_of, order, task, processes=processes), strict=True):
        paths[place] = written
        for path in written:
            say(path)
    listed = [path for place in sorted(paths) for path in paths[place]]
    if twice := [path for path, count in Counter(listed).items() if count > 1]:
        raise _find_fault(f"the path {twice[0]!r} names two pages", __name__)
    if lost := [link.path for link in task.links if link.path not in listed]:
        raise _find_fault(f"the navigation leads to pages that were not made: {', '.join(lost)}", __name__)
    return listed


def _rank(maker: Maker) -> int:
    """What takes long is begun first, so that no process is left alone with it."""
    return LONGEST.index(maker) if maker in LONGEST else len(LONGEST)


def _write_pages_of(place: int, task: _Task) -> list[str]:
    """Write the pages of one maker, and return their paths. Raises NightvigilError where a path is not valid."""
    maker, paths = MAKERS[place], []
    environment = _make_environment()
    with open_context(task.snapshot, task.limits, is_suppressed=task.is_suppressed) as context:
        for page in maker.make_pages(context):
            if not PATH.fullmatch(page.path):
                raise _find_fault(f"the path {page.path!r} is not valid", maker.__name__)
            with collect_specifications() as found:
                template = environment.get_template(page.template)
                text = template.render(page=page, links=task.links, context=context, **page.values)
            (task.draft / page.path).write_bytes(text.encode("utf-8", "backslashreplace"))
            write_specifications(task.draft / "static", page.path, found)
            paths.append(page.path)
    return paths


def _put_in_place(draft: Path, target: Path) -> None:
    """Rename the finished folder to the target; an earlier report there is moved away first, then removed."""
    if not target.exists():
        draft.rename(target)
        return
    old = target.with_name(f".{target.name}.{secrets.token_hex(4)}.old")
    target.rename(old)
    draft.rename(target)
    shutil.rmtree(old)


@cache  # the templates are compiled once, and not by each maker
def _make_environment() -> Any:
    environment = open_templates(TEMPLATES, clean=clean_text, is_indented=True)
    environment.filters |= {
        name.removeprefix("show_"): getattr(numbers, name) for name in dir(numbers) if name.startswith("show_")
    }
    environment.filters |= {name: getattr(words, name) for name in dir(words) if name.startswith("say")}
    return environment


def _find_fault(what: str, where: str) -> NightvigilError:
    return NightvigilError(what, where=where, todo="this is a fault of the code: report it to the maintainers")
