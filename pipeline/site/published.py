"""Serve the published pages of every snapshot that is kept, each under an address of its own: `s/<id>/<file>`.

A page keeps its address for as long as its snapshot is kept and loads nothing of another one, whatever is published
meanwhile. Only files below `site/` are served: no folder, no link, no other file of a snapshot. The one other page is
that of the rules of a run, which a run that was refused has as well. Who may read is decided by the caller.
"""

import html
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from pipeline import runs
from pipeline.errors import NightvigilError
from pipeline.publishing.current import SNAPSHOT_ID, current_snapshot, snapshot_path
from pipeline.publishing.pages import FIRST_PAGE, SITE, find_first_page, find_quality_page
from pipeline.settings import Settings
from pipeline.site.serving import POLICY

RULES_PAGE = "quality.html"
RULES_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""For the page of a run, whose one style sheet is in it; the page's own policy names the hash of that sheet."""
IMMUTABLE = "private, max-age=86400, immutable"
CheckReader = Callable[[Request], Awaitable[None]]
"""Raises HTTPException: 401 where nobody is logged in, 403 where the person may not read."""
TITLES = {401: "Log in first", 403: "Not allowed", 404: "Not found", 503: "Not available"}
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - Nightvigil</title></head>
<body><main><h1>{title}</h1><p>{text}</p><p><a href="{address}">{label}</a></p></main></body></html>
"""


def make_app(load_settings: Callable[[], Settings], check_reader: CheckReader) -> Starlette:
    """The application. `/` leads to the live snapshot, `run/<run of Airflow>` to what that published or judged."""

    async def guard(request: Request, call_next: RequestResponseEndpoint) -> Response:
        try:
            await check_reader(request)
            answer = await call_next(request)
        except HTTPException as refusal:
            answer = _explain(request, refusal)
        defaults = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
        for name, value in defaults.items():
            answer.headers.setdefault(name, value)
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "no-referrer"
        return answer

    def lead_to_live(request: Request) -> Response:
        return _redirect(request, _find_live(load_settings()))

    def lead_to_first(request: Request) -> Response:
        return _redirect(request, f"s/{request.path_params['snapshot']}/{FIRST_PAGE}")

    def show_page(request: Request) -> Response:
        path = find_page(load_settings(), request.path_params["snapshot"], request.path_params["name"])
        return FileResponse(path, headers={"Cache-Control": IMMUTABLE})

    def lead_to_run(request: Request) -> Response:
        return _redirect(request, find_address_of_run(load_settings(), request.path_params["run"]))

    def show_rules(request: Request) -> Response:
        path = _find_rules(load_settings(), request.path_params["run"])
        if path is None:
            raise HTTPException(404, "There is no page of the rules of this run.")
        return FileResponse(path, headers={"Content-Security-Policy": RULES_POLICY})

    return Starlette(
        routes=[
            Route("/", lead_to_live),
            Route("/s/{snapshot}", lead_to_first),
            Route("/s/{snapshot}/", lead_to_first),
            Route("/s/{snapshot}/{name:path}", show_page),
            Route("/run/{run:path}", lead_to_run),
            Route("/rules/{run}", show_rules),
        ],
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=guard)],
        exception_handlers={HTTPException: _explain, NightvigilError: _explain_fault},
    )


def find_page(settings: Settings, snapshot_id: str, name: str) -> Path:
    """The file of a page, or of what it loads. Raises HTTPException 404, which says what is missing."""
    folder = snapshot_path(settings, snapshot_id) if SNAPSHOT_ID.fullmatch(snapshot_id) else None
    if folder is None or not folder.is_dir():
        raise HTTPException(404, f"Snapshot {snapshot_id[:100]} does not exist, or is no longer kept.")
    site = (folder / SITE).resolve()
    if not site.is_dir():
        raise HTTPException(404, f"Snapshot {snapshot_id} was published without pages; its data are there.")
    is_plain = name.isprintable() and not any(part.startswith(".") for part in name.split("/"))
    path = (site / name).resolve() if is_plain else site
    if not path.is_relative_to(site) or not path.is_file():
        raise HTTPException(404, f"Snapshot {snapshot_id} has no page of this name.")
    return path


def find_address_of_run(settings: Settings, dag_run: str) -> str:
    """Where what a run of Airflow published or judged is shown, below the root. Raises HTTPException 404."""
    run_id = runs.find_of_dag_run(settings, dag_run)
    if run_id is None:
        raise HTTPException(404, "This run built no snapshot: only runs of publish_summaries that found news do.")
    page = find_quality_page(settings, run_id)
    if page is not None:
        return f"s/{run_id}/{page.name}"
    if _find_rules(settings, run_id) is not None:
        return f"rules/{run_id}"
    raise HTTPException(404, f"Run {run_id} was not judged, or is judged only later; it has no page yet.")


def _find_rules(settings: Settings, run_id: str) -> Path | None:
    """The page of the rules of a run; None where there is none."""
    path = runs.run_dir(settings, run_id) / RULES_PAGE if SNAPSHOT_ID.fullmatch(run_id) else None
    return path if path is not None and path.is_file() else None


def _find_live(settings: Settings) -> str:
    live = current_snapshot(settings)
    if live is None:
        raise HTTPException(404, "Nothing was published yet.")
    if find_first_page(settings, live) is None:
        raise HTTPException(404, f"Snapshot {live}, which is live, was published without pages; its data are there.")
    return f"s/{live}/{FIRST_PAGE}"


def _redirect(request: Request, address: str) -> Response:
    return RedirectResponse(f"{request.scope.get('root_path', '')}/{address}")


def _explain(request: Request, refusal: Exception) -> Response:
    """The refusal as a page for people, with a way on."""
    assert isinstance(refusal, HTTPException)  # noqa: S101 - registered for it
    title, root = TITLES.get(refusal.status_code, "Refused"), request.scope.get("root_path", "")
    address, label = f"{root}/", "The pages of the live snapshot"
    text = str(refusal.detail)
    if refusal.status_code in (401, 403):
        address, label = f"{root.rpartition('/')[0]}/", "To Airflow"
        text = (
            "Log in to Airflow, then open this page again."
            if refusal.status_code == 401
            else (
                "These pages are for those who may read the DAG publish_summaries. Ask whoever administers Airflow."
            )
        )
    page = PAGE.format(**{name: html.escape(value) for name, value in
                          {"title": title, "text": text, "address": address, "label": label}.items()})  # fmt: skip
    return HTMLResponse(page, refusal.status_code, headers=refusal.headers)


def _explain_fault(request: Request, fault: Exception) -> Response:
    assert isinstance(fault, NightvigilError)  # noqa: S101 - registered for it
    return _explain(request, HTTPException(503, f"{fault.what}. To do: {fault.todo}."))
