"""Homes with small published snapshots, of which each page names its own."""

from pathlib import Path

from pipeline import runs
from pipeline.settings import Settings

OLD, NEW, BARE = "20261101T000000Z-aaaaaa", "20261102T000000Z-bbbbbb", "20261103T000000Z-cccccc"


def add_snapshot(home: Path, snapshot: str, *, with_site: bool = True) -> Path:
    """A snapshot of that name, with files that are no pages; return its folder."""
    folder = home / "published" / "snapshots" / snapshot
    (folder / "site" / "static").mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")
    (folder / "nightvigil.duckdb").write_text("rows")
    pages = {"index.html": f"<h1>{snapshot}</h1>", "static/site.css": f"/* {snapshot} */", ".hidden": "hidden"}
    for name, text in pages.items() if with_site else ():
        (folder / "site" / name).write_text(text)
    if not with_site:
        (folder / "site" / "static").rmdir()
        (folder / "site").rmdir()
    return folder


def make_live(home: Path, snapshot: str) -> None:
    """Make a snapshot the live one."""
    (home / "published" / "CURRENT").write_text(f"{snapshot}\n")


def note_run(settings: Settings, run_id: str, dag_run: str) -> None:
    """Record that a run of Airflow made a run of ours."""
    runs.begin_phase(settings, run_id, "freeze")
    runs.note_dag_run(settings, run_id, dag_run)
