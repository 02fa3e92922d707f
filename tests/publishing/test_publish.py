"""A judged candidate becomes the live snapshot, whole or not at all, and once."""

import hashlib
import json
import shutil
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from pipeline import nightly, publishing, runs
from pipeline.errors import GateClosed, NightvigilError, PublicationFailed
from pipeline.publishing import candidates, current, snapshot
from tests.publishing.conftest import CELLS, RECEIPT, Publisher, verdict

pytestmark = pytest.mark.slow


def test_published_snapshot_has_database_tables_verdict_and_manifest(publisher: Publisher) -> None:
    """After a run the snapshot has every file of the contract, read-only, and the link points to it."""
    live = publisher.publish()
    folder = publisher.settings.published / "snapshots" / live
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files == {
        "nightvigil.duckdb",
        "quality.json",
        "manifest.json",
        "manifest.sha256",
        "tables/reported.parquet",
        "tables/steady.parquet",
    }
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o444 for path in folder.rglob("*") if path.is_file())
    assert (publisher.settings.published / "CURRENT").read_text() == f"{live}\n"
    assert (publisher.settings.published / "current").resolve() == folder.resolve()
    assert publisher.read_live() == sorted(CELLS)
    assert not list(publisher.settings.runs.glob("*/candidate.duckdb*"))
    assert not list((publisher.settings.published / "snapshots").glob(".*"))


def test_manifest_lists_inputs_tables_verdict_and_parent(publisher: Publisher) -> None:
    """Inputs with their hashes, rows and hash of each table, the verdict, the parent and its manifest."""
    first = publisher.publish()
    second = publisher.publish()
    manifest = publishing.read_manifest(publisher.settings, second)
    folder = publishing.snapshot_path(publisher.settings, second)
    earlier = publishing.snapshot_path(publisher.settings, first) / "manifest.json"
    assert manifest["parent"] == {
        "snapshot_id": first,
        "manifest_sha256": hashlib.sha256(earlier.read_bytes()).hexdigest(),
    }
    assert manifest["inputs"][0]["files"] == [{"name": "faers_ascii_2017q2.zip", "sha256": "a" * 64, "bytes": 1234}]
    assert manifest["tables"]["summary.reported"]["row_count"] == len(CELLS)
    assert manifest["verdict"]["counts"]["passed"] == 1
    assert "meta.quality_result" not in manifest["unchanged_by_judging"]
    assert "summary.reported" in manifest["unchanged_by_judging"]
    database = (folder / "nightvigil.duckdb").read_bytes()
    assert manifest["files"]["nightvigil.duckdb"] == {
        "sha256": hashlib.sha256(database).hexdigest(),
        "bytes": len(database),
    }
    assert (publisher.settings.runs / second / "manifest.json").read_bytes() == (
        folder / "manifest.json"
    ).read_bytes()


def test_manifest_says_whether_a_delivery_is_invented(publisher: Publisher) -> None:
    """One marked delivery marks the snapshot (contract rule 18)."""
    real = publishing.read_manifest(publisher.settings, publisher.publish())
    assert real["is_synthetic"] is False and [each["is_synthetic"] for each in real["inputs"]] == [False]
    staged = publisher.stage()
    receipts = [RECEIPT, replace(RECEIPT, period="2017Q3", delivery_id="b", ignored_members=["README_SYNTHETIC.txt"])]
    mixed = publishing.read_manifest(
        publisher.settings, publishing.publish(publisher.settings, **staged | {"receipts": receipts})
    )
    assert mixed["is_synthetic"] is True and [each["is_synthetic"] for each in mixed["inputs"]] == [False, True]


def test_publishing_a_run_again_has_no_effect(publisher: Publisher) -> None:
    """A task that is retried after it succeeded must be a no-op, even when a later run has published since."""
    request = publisher.stage()
    first = publishing.publish(publisher.settings, **request)
    assert publishing.publish(publisher.settings, **request) == first
    second = publisher.publish()
    assert publishing.publish(publisher.settings, **request) == first
    assert publishing.current_snapshot(publisher.settings) == second


def test_candidate_built_on_an_older_snapshot_is_refused(publisher: Publisher) -> None:
    """Two runs overlapped: the second would hide what the first published."""
    publisher.publish()
    late = publisher.stage()
    winner = publisher.publish()
    with pytest.raises(PublicationFailed, match="is live now"):
        publishing.publish(publisher.settings, **late)
    assert publishing.current_snapshot(publisher.settings) == winner
    assert late["candidate"].exists(), "a refused candidate is kept for examination"


def test_candidate_with_a_closed_gate_is_not_published(publisher: Publisher) -> None:
    """Even when publication is called by mistake, the gate is evaluated again."""
    first = publisher.publish()
    with pytest.raises(GateClosed):
        publishing.publish(publisher.settings, **publisher.stage(verdict=verdict(outcome="error")))
    assert publishing.current_snapshot(publisher.settings) == first


def test_candidate_changed_after_judging_is_refused(publisher: Publisher) -> None:
    """One count was altered after judging: the rows are not those judged."""
    request = publisher.stage()
    with duckdb.connect(str(request["candidate"])) as connection:
        connection.execute("update summary.reported set case_count = 8 where case_count = 7")
    with pytest.raises(PublicationFailed, match=r"summary\.reported changed"):
        publishing.publish(publisher.settings, **request)
    assert publishing.current_snapshot(publisher.settings) is None
    assert not list((publisher.settings.published / "snapshots").glob(".*"))


def test_publication_interrupted_after_the_rename_is_completed_by_a_retry(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The snapshot is whole but CURRENT still names the old one: the retry makes it live, from the same bytes."""
    first = publisher.publish()
    request = publisher.stage()
    with monkeypatch.context() as patched:
        patched.setattr(snapshot, "commit", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            publishing.publish(publisher.settings, **request)
    assert publishing.current_snapshot(publisher.settings) == first
    before = (publishing.snapshot_path(publisher.settings, request["run_id"]) / "manifest.json").read_bytes()
    assert publishing.publish(publisher.settings, **request) == publishing.current_snapshot(publisher.settings)
    after = (publishing.snapshot_path(publisher.settings, request["run_id"]) / "manifest.json").read_bytes()
    assert before == after


def test_publication_interrupted_while_staging_is_completed_by_a_retry(publisher: Publisher) -> None:
    """Killed after the candidate was moved: the retry finds it in the staging folder, with half a table."""
    request = publisher.stage()
    building = publisher.settings.published / "snapshots" / f".{request['run_id']}.building"
    (building / "tables").mkdir(parents=True)
    (building / "tables" / "reported.parquet").write_bytes(b"half")
    request["candidate"].rename(building / "nightvigil.duckdb")
    live = publishing.publish(publisher.settings, **request)
    assert publisher.read_live() == sorted(CELLS)
    assert publishing.verify(publisher.settings, live, deep=True) == []


def test_rebuilt_candidate_replaces_the_one_left_in_staging(publisher: Publisher) -> None:
    """The whole run was repeated after an interrupted publication: the new candidate is the judged one."""
    request = publisher.stage(cells=(("ketamine", "any", "nausea", 1),))
    building = publisher.settings.published / "snapshots" / f".{request['run_id']}.building"
    building.mkdir(parents=True)
    request["candidate"].rename(building / "nightvigil.duckdb")
    publishing.publish(publisher.settings, **publisher.stage(run_id=request["run_id"]))
    assert publisher.read_live() == sorted(CELLS)


def test_verdict_is_invalid_after_its_candidate_is_rebuilt(publisher: Publisher) -> None:
    """The candidate was rebuilt and not judged again: no verdict applies to it."""
    request = publisher.stage()
    publishing.note_tables(publisher.settings, request["run_id"], request["candidate"])
    with pytest.raises(NightvigilError, match="verdict"):
        publishing.publish(publisher.settings, **request)


def test_snapshot_changed_before_going_live_is_refused(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bit flipped between two tries is detected before publication."""
    request = publisher.stage()
    with monkeypatch.context() as patched:
        patched.setattr(snapshot, "commit", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            publishing.publish(publisher.settings, **request)
    flip(publishing.database_path(publisher.settings, request["run_id"]))
    with pytest.raises(PublicationFailed, match="changed before it became live"):
        publishing.publish(publisher.settings, **request)


def test_full_disk_keeps_the_candidate_and_the_live_snapshot(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too little free space is reported before anything is moved."""
    first = publisher.publish()
    request = publisher.stage()
    monkeypatch.setattr(candidates, "MARGIN_BYTES", 1 << 60)
    with pytest.raises(PublicationFailed, match="free disk space"):
        publishing.publish(publisher.settings, **request)
    assert request["candidate"].exists()
    assert publishing.current_snapshot(publisher.settings) == first


@pytest.mark.parametrize("step", ["write_parquet_tables", "link_unchanged", "write_manifest", "seal"])
def test_failed_staging_step_is_cleaned_up_and_can_be_retried(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The disk fails at any step of staging: old snapshot live, temporary files gone, the next try succeeds."""
    first = publisher.publish()
    request = publisher.stage()
    with monkeypatch.context() as patched:
        patched.setattr(snapshot, step, _fail)
        with pytest.raises(PublicationFailed, match="No space left"):
            publishing.publish(publisher.settings, **request)
    assert publishing.current_snapshot(publisher.settings) == first
    assert not list((publisher.settings.published / "snapshots").glob(".*"))
    assert publishing.publish(publisher.settings, **request) == publishing.current_snapshot(publisher.settings)


def test_link_is_repaired_from_current(publisher: Publisher) -> None:
    """Interrupted between CURRENT and the link: CURRENT decides."""
    first = publisher.publish()
    second = publisher.publish()
    link = publisher.settings.published / "current"
    link.unlink()
    link.symlink_to(Path("snapshots") / first)
    assert publishing.status(publisher.settings)["link_agrees"] is False
    assert current.repair_link(publisher.settings) is True
    assert link.resolve().name == second
    assert current.repair_link(publisher.settings) is False


def test_equal_inputs_give_equal_parquet_bytes_at_one_thread_or_two(
    make_publisher: Callable[[str], Publisher],
) -> None:
    """Another order of rows, number of threads or run gives the same bytes in the published files."""
    many = tuple(
        (f"drug {n % 7}", None if n % 5 == 0 else f"route {n % 11}", f"reaction {n}", n) for n in range(5000)
    )
    digests = set()
    for threads, cells in ((1, many), (2, many), (2, tuple(reversed(many)))):
        publisher = make_publisher(f"threads-{threads}-{len(digests)}-{cells[0][3]}")
        publisher.settings = publisher.settings.model_copy(update={"threads": threads})
        manifest = publishing.read_manifest(publisher.settings, publisher.publish(cells=cells))
        digests.add(manifest["files"]["tables/reported.parquet"]["sha256"])
    assert len(digests) == 1


def test_unchanged_tables_are_shared_with_the_parent(publisher: Publisher) -> None:
    """The unchanged table is stored once; the changed one is a separate file."""
    first = publishing.snapshot_path(publisher.settings, publisher.publish()) / "tables"
    changed = (*CELLS[:2], ("esketamine", "intranasal", "dissociation", 4))
    second = publishing.snapshot_path(publisher.settings, publisher.publish(cells=changed)) / "tables"
    assert (first / "steady.parquet").samefile(second / "steady.parquet")
    assert not (first / "reported.parquet").samefile(second / "reported.parquet")


def test_empty_table_is_published_as_an_empty_file(publisher: Publisher) -> None:
    """No case of any drug: the file is there, with its columns, and readers need no special case."""
    folder = publishing.snapshot_path(publisher.settings, publisher.publish(cells=()))
    path = folder / "tables" / "reported.parquet"
    assert duckdb.connect().execute(f"select count(*), count(drug) from '{path}'").fetchall() == [(0, 0)]


@pytest.mark.parametrize("name", ["../outside", "", "a/b", ".hidden", "x" * 200])
def test_snapshot_id_outside_the_snapshot_folder_is_refused(publisher: Publisher, name: str) -> None:
    """An id from the command line is not used as a path."""
    with pytest.raises(PublicationFailed):
        publishing.snapshot_path(publisher.settings, name)


def test_damaged_current_is_reported(publisher: Publisher) -> None:
    """CURRENT names a snapshot that does not exist."""
    publisher.publish()
    (publisher.settings.published / "CURRENT").write_text("gone\n")
    with pytest.raises(PublicationFailed, match="not a published snapshot"):
        publishing.current_snapshot(publisher.settings)


def test_verdict_in_the_manifest_contains_no_rows(publisher: Publisher) -> None:
    """Offending rows stay in quality.json; the manifest carries counts and overrides."""
    manifest = publishing.read_manifest(publisher.settings, publisher.publish())
    assert "results" not in manifest["verdict"]
    json.dumps(manifest)


def flip(path: Path) -> None:
    """Change one bit in the middle of a read-only file."""
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    path.chmod(0o444)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _fail(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


def test_run_interrupted_after_going_live_is_recorded_as_published(publisher: Publisher) -> None:
    """Killed between the swap and its own record: the snapshot is live, so the run is recorded as published."""
    live, other = publisher.publish(), "20261101T000099Z-000099"
    for run in (live, other):
        runs.begin_phase(publisher.settings, run, "publish")
    nightly.mark_interrupted_runs(publisher.settings)
    recorded = {run["run_id"]: (run["outcome"], run["snapshot_id"]) for run in runs.summaries(publisher.settings)}
    assert recorded == {live: ("published", live), other: (None, None)}


def test_build_is_refused_where_the_disk_has_no_room_for_another_snapshot(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    publishing.require_room_to_build(publisher.settings, None)
    live = publisher.publish()
    publishing.require_room_to_build(publisher.settings, live)
    size = publishing.database_path(publisher.settings, live).stat().st_size
    usage = shutil.disk_usage(publisher.settings.home)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=candidates.MARGIN_BYTES + size))
    with pytest.raises(PublicationFailed, match="a build like that of the live snapshot needs") as refused:
        publishing.require_room_to_build(publisher.settings, live)
    assert "NIGHTVIGIL_RETENTION" in refused.value.todo
