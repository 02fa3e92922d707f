"""Pages are published with their snapshot, in the same moment; whatever becomes of them, the data go live."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from pipeline import metrics, publishing, runs
from pipeline.alerts.endings import describe_published
from pipeline.errors import PublicationFailed
from pipeline.publishing import pages
from tests.publishing.conftest import Publisher

pytestmark = pytest.mark.slow

MAKE = """
target.mkdir()
(target / "index.html").write_text("first page of " + task["snapshot"].rsplit(".", 2)[1])
(target / "static").mkdir()
(target / "static" / "site.css").write_text("body {}")
"""
UseMaker = Callable[[str], None]


@pytest.fixture
def use_maker(publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> UseMaker:
    """Put a program in the place of the one that makes pages: the candidates of these tests hold no facts to show."""
    publisher.settings = publisher.settings.model_copy(update={"site": True, "site_timeout": 30.0})

    def use(program: str) -> None:
        script = tmp_path / "maker.py"
        script.write_text(
            "import json, os, pathlib, sys, time\n"
            "task = json.loads(sys.stdin.readline())\n"
            "target = pathlib.Path(task['target'])\n" + program
        )
        monkeypatch.setattr(pages, "COMMAND", (sys.executable, str(script)))

    return use


def read_manifest(publisher: Publisher, snapshot: str) -> dict[str, Any]:
    return publishing.read_manifest(publisher.settings, snapshot)


def list_files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


DATA = {"manifest.json", "manifest.sha256", "nightvigil.duckdb", "quality.json",
        "tables/reported.parquet", "tables/steady.parquet"}  # fmt: skip


def test_pages_go_live_with_their_snapshot_and_are_in_its_manifest(publisher: Publisher, use_maker: UseMaker) -> None:
    use_maker(MAKE)
    snapshot = publisher.publish()
    folder = publishing.snapshot_path(publisher.settings, snapshot)
    assert list_files(folder) == DATA | {"site/index.html", "site/static/site.css"}
    assert pages.find_first_page(publisher.settings, snapshot) == folder / "site" / "index.html"
    assert set(read_manifest(publisher, snapshot)["files"]) == list_files(folder) - {
        "manifest.json",
        "manifest.sha256",
    }
    assert publishing.verify(publisher.settings, snapshot, deep=True) == []
    assert (folder / "site" / "index.html").stat().st_mode & 0o222 == 0
    record = runs.read_json(publisher.settings.runs / snapshot / "run.json")
    assert record["phases"]["pages"]["page_count"] == 1 and record["phases"]["pages"]["problem"] is None
    assert publishing.status(publisher.settings)["pages"] == str(folder / "site" / "index.html")


def test_manifest_with_pages_adds_their_files_and_changes_nothing_else(
    make_publisher: Callable[[str], Publisher], publisher: Publisher, use_maker: UseMaker
) -> None:
    use_maker(MAKE)
    with_pages, without = publisher, make_publisher("without")
    manifests = [read_manifest(each, each.publish()) for each in (with_pages, without)]
    for manifest in manifests:
        manifest["files"] = {name: manifest["files"][name] for name in manifest["files"] if "site" not in name}
        del manifest["published_at"], manifest["files"]["nightvigil.duckdb"]  # DuckDB writes no file twice alike
    assert manifests[0] == manifests[1]


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        (MAKE + "os.kill(os.getpid(), 9)", "was ended by signal 9"),
        (MAKE + "raise MemoryError('too large')", "failed: MemoryError: too large"),
        (MAKE + "(target / 'index.html').unlink()", "no first page was made"),
        ("(target.parent / '.site.1').mkdir(); (target.parent / 'x.duckdb.tmp').touch(); sys.exit(1)", "nothing"),
        (MAKE + "print('still drawing', flush=True); time.sleep(60)", "not finished within 1 s"),
    ],
)
def test_data_go_live_without_pages_that_fail_and_the_run_says_so(
    publisher: Publisher, use_maker: UseMaker, program: str, reason: str
) -> None:
    use_maker(program)
    if "sleep" in program:
        publisher.settings = publisher.settings.model_copy(update={"site_timeout": 1.0})
    snapshot = publisher.publish()
    settings = publisher.settings
    folder = publishing.snapshot_path(settings, snapshot)
    assert publishing.current_snapshot(settings) == snapshot
    assert list_files(folder) == DATA and {path.name for path in folder.iterdir() if path.is_dir()} == {"tables"}
    assert publishing.verify(settings, snapshot, deep=True) == []
    record = runs.read_json(settings.runs / snapshot / "run.json")["phases"]["pages"]
    assert record["page_count"] == 0 and reason in record["problem"]["what"]

    runs.write_json(settings.runs / snapshot / "inputs.json", {"deliveries": []})
    runs.finish(settings, snapshot, "published", snapshot_id=snapshot)
    message = describe_published(settings, snapshot, snapshot)
    assert (message.state, message.level) == ("warned", "warning")
    assert [reason in cause.what for cause in message.causes] == [True]
    metrics.write_metrics(settings)
    assert "nightvigil_pages_made 0.0" in metrics.find_path(settings).read_text()


def test_switched_off_no_pages_are_made_and_nothing_is_said(publisher: Publisher, use_maker: UseMaker) -> None:
    use_maker(MAKE)
    publisher.settings = publisher.settings.model_copy(update={"site": False})
    snapshot = publisher.publish()
    assert list_files(publishing.snapshot_path(publisher.settings, snapshot)) == DATA
    assert not (publisher.settings.runs / snapshot / "run.json").exists()
    assert publishing.status(publisher.settings)["pages"] is None


def test_damaged_page_is_named_but_stops_neither_the_next_run_nor_a_rollback(
    publisher: Publisher, use_maker: UseMaker
) -> None:
    use_maker(MAKE)
    first, second = publisher.publish(), publisher.publish()
    settings = publisher.settings
    for snapshot in (first, second):
        page = publishing.snapshot_path(settings, snapshot) / "site" / "index.html"
        page.chmod(0o644)
        page.write_text("another")
        assert publishing.verify(settings, snapshot) == [
            f"{snapshot}: site/index.html does not have the sha256 recorded in manifest.json"
        ]
    publishing.require_intact_parent(settings, second)
    publishing.rollback(settings)
    assert publishing.status(settings)["pages"] == str(
        publishing.snapshot_path(settings, first) / "site" / "index.html"
    )
    tables = publishing.snapshot_path(settings, second) / "tables" / "reported.parquet"
    tables.chmod(0o644)
    tables.write_bytes(b"another")
    with pytest.raises(PublicationFailed, match=r"tables/reported\.parquet"):
        publishing.require_intact_parent(settings, second)


def test_pages_are_removed_with_their_snapshot(publisher: Publisher, use_maker: UseMaker) -> None:
    use_maker(MAKE)
    publisher.settings = publisher.settings.model_copy(update={"retention": 1, "retention_hours": 0})
    first, second, third = (publisher.publish() for _ in range(3))
    assert publishing.snapshot_ids(publisher.settings) == [second, third]
    assert pages.find_first_page(publisher.settings, first) is None
    assert pages.find_first_page(publisher.settings, third)


def test_killed_publication_leaves_the_old_snapshot_whole_and_the_maker_ends_with_it(
    publisher: Publisher, use_maker: UseMaker, tmp_path: Path
) -> None:
    """The process that publishes is killed while pages are made; the next attempt of the run completes it."""
    use_maker(MAKE)
    old = publisher.publish()
    use_maker(
        "import threading\n"
        "threading.Thread(target=lambda: (sys.stdin.read(), os._exit(130)), daemon=True).start()\n"
        + MAKE
        + f"pathlib.Path({str(tmp_path / 'maker.pid')!r}).write_text(str(os.getpid()))\ntime.sleep(60)"
    )
    staged = publisher.stage()
    task = tmp_path / "task.json"
    task.write_text(
        json.dumps(
            {
                "home": str(publisher.settings.home),
                "command": pages.COMMAND,
                "run_id": staged["run_id"],
                "candidate": str(staged["candidate"]),
                "inputs": staged["inputs"],
            }
        )
    )
    program = (
        "import json, sys, pathlib\n"
        "from pipeline import publishing\n"
        "from pipeline.publishing import pages\n"
        "from pipeline.settings import Settings\n"
        "task = json.load(open(sys.argv[1]))\n"
        "pages.COMMAND = task['command']\n"
        "publishing.publish(Settings(home=task['home'], site=True), run_id=task['run_id'], "
        "candidate=pathlib.Path(task['candidate']), inputs=task['inputs'], receipts=[], component_hashes={})\n"
    )
    publication = subprocess.Popen([sys.executable, "-c", program, str(task)], env=dict(os.environ))
    waiting_for = tmp_path / "maker.pid"
    while not waiting_for.exists() or not waiting_for.read_text():
        assert publication.poll() is None
        time.sleep(0.05)
    maker = psutil.Process(int(waiting_for.read_text()))
    publication.send_signal(signal.SIGKILL)
    publication.wait()
    maker.wait(50)

    settings = publisher.settings
    assert publishing.current_snapshot(settings) == old and publishing.snapshot_ids(settings) == [old]
    assert publishing.verify(settings, old, deep=True) == []
    use_maker(MAKE)
    assert publishing.publish(settings, **staged) == staged["run_id"]
    assert publishing.verify(settings, staged["run_id"], deep=True) == []
    assert pages.find_first_page(settings, staged["run_id"])
    assert not list((settings.published / "snapshots").glob(".*"))
