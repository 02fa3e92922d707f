"""The command for the pages of a snapshot: find or make them, and show them on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.command_line.progress import print_message, progress
from pipeline.command_line.snapshots import find_database
from pipeline.settings import Settings


def report(  # noqa: PLR0917 - options of a command are all named
    snapshot: Annotated[str | None, typer.Option(help="The snapshot to show; without it, the live one.")] = None,
    to: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Where to make them anew; without it, reports/<snapshot id> where none were published.",
        ),
    ] = None,
    pdf: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Print them into one PDF as well; needs Chromium.")
    ] = None,
    page: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A page for --pdf, such as index; without it, all.")
    ] = None,
    serve: Annotated[bool, typer.Option("--serve", help="Then show them on this machine until Ctrl-C.")] = False,
    port: Annotated[int, typer.Option(help="The port of --serve; 0 for any that is free.", min=0, max=65535)] = 8090,
) -> None:
    """Print the path of the first page of a published snapshot.

    The pages are those published with it; they are made where it has none, where --to names a folder, and
    where those treat small counts otherwise than NIGHTVIGIL_EXPORT_SUPPRESS says.
    """
    from pipeline import publishing
    from pipeline.publishing.pages import FIRST_PAGE
    from pipeline.site.build import is_suppressed_alike

    settings = Settings.from_environment()
    folder = find_database(settings, snapshot).parent
    published = publishing.find_first_page(settings, folder.name)
    if published and to is None and is_suppressed_alike(published.parent, settings.export_suppress):
        target = published.parent
    else:
        target = (to or settings.home / "reports" / folder.name).absolute()
        _make_pages(settings, folder, target)
    print(target / FIRST_PAGE, flush=True)
    if pdf:
        from pipeline.site.printing import print_site

        printed = print_site(target, pdf.absolute(), page or (), settings.chromium)
        print_message(f"{len(printed)} pages printed")
        print(pdf.absolute(), flush=True)
    if serve:
        from pipeline.site.serving import serve_folder

        serve_folder(target, port, lambda address: print_message(f"{address} until Ctrl-C"))


def _make_pages(settings: Settings, snapshot: Path, target: Path) -> None:
    from pipeline import publishing
    from pipeline.site.build import build_site, require_own

    require_own(target)
    with progress() as say:
        pages = build_site(
            snapshot,
            target,
            say,
            is_suppressed=settings.export_suppress,
            limits=publishing.list_limits(settings),
        )
    print_message(f"{len(pages)} pages of snapshot {snapshot.name}")
