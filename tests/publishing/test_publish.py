"""A judged candidate becomes the live snapshot, whole or not at all, and once."""

import hashlib
import json
import stat
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pipeline import nightly, publishing, runs
from pipeline.errors import GateClosed, NightvigilError, PublicationFailed
from pipeline.publishing import candidates, current, snapshot
from tests.publishing.conftest import CELLS, House, verdict


def test_a_published_snapshot_holds_database_tables_verdict_and_manifest(house: House) -> None:
    """After a night readers find everything the contract names, read-only, and the link for people."""
    live = house.publish()
    folder = house.settings.published / "snapshots" / live
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
    assert (house.settings.published / "CURRENT").read_text() == f"{live}\n"
    assert (house.settings.published / "current").resolve() == folder.resolve()
    assert house.read_live() == sorted(CELLS)
    assert not list(house.settings.runs.glob("*/candidate.duckdb*"))
    assert not list((house.settings.published / "snapshots").glob(".*"))


def test_the_manifest_says_what_the_snapshot_is_made_of(house: House) -> None:
    """Inputs with their hashes, rows and hash of each table, the verdict, the parent and its manifest."""
    first = house.publish()
    second = house.publish()
    manifest = publishing.read_manifest(house.settings, second)
    folder = publishing.snapshot_path(house.settings, second)
    earlier = publishing.snapshot_path(house.settings, first) / "manifest.json"
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
    assert (house.settings.runs / second / "manifest.json").read_bytes() == (folder / "manifest.json").read_bytes()


def test_publishing_a_run_again_changes_nothing(house: House) -> None:
    """A task that is retried after it succeeded must be a no-op, even when a later night has published since."""
    request = house.stage()
    first = publishing.publish(house.settings, **request)
    assert publishing.publish(house.settings, **request) == first
    second = house.publish()
    assert publishing.publish(house.settings, **request) == first
    assert publishing.current_snapshot(house.settings) == second


def test_a_candidate_built_on_an_older_snapshot_is_refused(house: House) -> None:
    """Two nights ran at once: the one that comes second would hide what the first published."""
    house.publish()
    late = house.stage()
    winner = house.publish()
    with pytest.raises(PublicationFailed, match="is live now"):
        publishing.publish(house.settings, **late)
    assert publishing.current_snapshot(house.settings) == winner
    assert late["candidate"].exists(), "a refused candidate stays for whoever asks why"


def test_a_closed_verdict_is_never_published(house: House) -> None:
    """Even when publication is called by mistake, the gate is asked again."""
    first = house.publish()
    with pytest.raises(GateClosed):
        publishing.publish(house.settings, **house.stage(verdict=verdict(outcome="error")))
    assert publishing.current_snapshot(house.settings) == first


def test_a_candidate_that_changed_after_it_was_built_is_refused(house: House) -> None:
    """One count altered after the judge looked: the rows are not what was judged."""
    request = house.stage()
    with duckdb.connect(str(request["candidate"])) as connection:
        connection.execute("update summary.reported set case_count = 8 where case_count = 7")
    with pytest.raises(PublicationFailed, match=r"summary\.reported changed"):
        publishing.publish(house.settings, **request)
    assert publishing.current_snapshot(house.settings) is None
    assert not list((house.settings.published / "snapshots").glob(".*"))


def test_a_process_that_died_after_the_rename_is_finished_by_the_next_try(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The snapshot is whole but CURRENT still names the old one: the retry makes it live, from the same bytes."""
    first = house.publish()
    request = house.stage()
    with monkeypatch.context() as patched:
        patched.setattr(snapshot, "commit", _die)
        with pytest.raises(KeyboardInterrupt):
            publishing.publish(house.settings, **request)
    assert publishing.current_snapshot(house.settings) == first
    before = (publishing.snapshot_path(house.settings, request["run_id"]) / "manifest.json").read_bytes()
    assert publishing.publish(house.settings, **request) == publishing.current_snapshot(house.settings)
    after = (publishing.snapshot_path(house.settings, request["run_id"]) / "manifest.json").read_bytes()
    assert before == after


def test_a_process_that_died_while_staging_leaves_the_candidate_to_the_next_try(house: House) -> None:
    """Killed after the candidate was moved: the retry finds it in the staging folder, with half a table beside it."""
    request = house.stage()
    building = house.settings.published / "snapshots" / f".{request['run_id']}.building"
    (building / "tables").mkdir(parents=True)
    (building / "tables" / "reported.parquet").write_bytes(b"half")
    request["candidate"].rename(building / "nightvigil.duckdb")
    live = publishing.publish(house.settings, **request)
    assert house.read_live() == sorted(CELLS)
    assert publishing.verify(house.settings, live, deep=True) == []


def test_a_candidate_built_again_replaces_the_one_left_in_staging(house: House) -> None:
    """The whole run was started over after a publication died: the judged candidate is the new one."""
    request = house.stage(cells=(("ketamine", "any", "nausea", 1),))
    building = house.settings.published / "snapshots" / f".{request['run_id']}.building"
    building.mkdir(parents=True)
    request["candidate"].rename(building / "nightvigil.duckdb")
    publishing.publish(house.settings, **house.stage(run_id=request["run_id"]))
    assert house.read_live() == sorted(CELLS)


def test_a_verdict_does_not_outlive_its_candidate(house: House) -> None:
    """Built again, not judged again: there is no verdict to publish by."""
    request = house.stage()
    publishing.note_tables(house.settings, request["run_id"], request["candidate"])
    with pytest.raises(NightvigilError, match="verdict"):
        publishing.publish(house.settings, **request)


def test_a_finished_snapshot_that_changed_before_it_was_live_is_refused(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bit flipped between two tries is found before readers see it."""
    request = house.stage()
    with monkeypatch.context() as patched:
        patched.setattr(snapshot, "commit", _die)
        with pytest.raises(KeyboardInterrupt):
            publishing.publish(house.settings, **request)
    flip(publishing.database_path(house.settings, request["run_id"]))
    with pytest.raises(PublicationFailed, match="changed before it became live"):
        publishing.publish(house.settings, **request)


def test_a_full_disk_keeps_the_candidate_and_the_live_snapshot(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """No room: said before anything is moved, and what to do."""
    first = house.publish()
    request = house.stage()
    monkeypatch.setattr(candidates, "MARGIN_BYTES", 1 << 60)
    with pytest.raises(PublicationFailed, match="free disk space"):
        publishing.publish(house.settings, **request)
    assert request["candidate"].exists()
    assert publishing.current_snapshot(house.settings) == first


@pytest.mark.parametrize("step", ["write_parquet_tables", "link_unchanged", "write_manifest", "seal"])
def test_a_step_that_fails_leaves_no_trace_and_can_be_tried_again(
    house: House, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The disk fails at any step of staging: old snapshot live, temporary files gone, the next try succeeds."""
    first = house.publish()
    request = house.stage()
    with monkeypatch.context() as patched:
        patched.setattr(snapshot, step, _fail)
        with pytest.raises(PublicationFailed, match="No space left"):
            publishing.publish(house.settings, **request)
    assert publishing.current_snapshot(house.settings) == first
    assert not list((house.settings.published / "snapshots").glob(".*"))
    assert publishing.publish(house.settings, **request) == publishing.current_snapshot(house.settings)


def test_the_link_for_people_is_repaired_from_current(house: House) -> None:
    """Died between CURRENT and the link: CURRENT is the truth."""
    first = house.publish()
    second = house.publish()
    link = house.settings.published / "current"
    link.unlink()
    link.symlink_to(Path("snapshots") / first)
    assert publishing.status(house.settings)["link_agrees"] is False
    assert current.repair_link(house.settings) is True
    assert link.resolve().name == second
    assert current.repair_link(house.settings) is False


def test_equal_inputs_give_equal_parquet_bytes_at_one_thread_or_two(new_house: Callable[[str], House]) -> None:
    """Rows in another order, another number of threads, another night: the published files have the same bytes."""
    many = tuple(
        (f"drug {n % 7}", None if n % 5 == 0 else f"route {n % 11}", f"reaction {n}", n) for n in range(5000)
    )
    digests = set()
    for threads, cells in ((1, many), (2, many), (2, tuple(reversed(many)))):
        house = new_house(f"threads-{threads}-{len(digests)}-{cells[0][3]}")
        house.settings = house.settings.model_copy(update={"threads": threads})
        manifest = publishing.read_manifest(house.settings, house.publish(cells=cells))
        digests.add(manifest["files"]["tables/reported.parquet"]["sha256"])
    assert len(digests) == 1


def test_tables_that_did_not_change_are_shared_with_the_parent(house: House) -> None:
    """The steady table lies on the disk once; the one that changed is a file of its own."""
    first = publishing.snapshot_path(house.settings, house.publish()) / "tables"
    changed = (*CELLS[:2], ("esketamine", "intranasal", "dissociation", 4))
    second = publishing.snapshot_path(house.settings, house.publish(cells=changed)) / "tables"
    assert (first / "steady.parquet").samefile(second / "steady.parquet")
    assert not (first / "reported.parquet").samefile(second / "reported.parquet")


def test_a_table_without_rows_is_published_as_an_empty_file(house: House) -> None:
    """No case of any drug: the file is there, with its columns, and readers need no special case."""
    folder = publishing.snapshot_path(house.settings, house.publish(cells=()))
    path = folder / "tables" / "reported.parquet"
    assert duckdb.connect().execute(f"select count(*), count(drug) from '{path}'").fetchall() == [(0, 0)]


@pytest.mark.parametrize("name", ["../outside", "", "a/b", ".hidden", "x" * 200])
def test_an_id_can_never_leave_the_folder_of_snapshots(house: House, name: str) -> None:
    """An id comes from a command line: it is no path."""
    with pytest.raises(PublicationFailed):
        publishing.snapshot_path(house.settings, name)


def test_a_damaged_current_is_said_and_not_guessed(house: House) -> None:
    """CURRENT names what is not there."""
    house.publish()
    (house.settings.published / "CURRENT").write_text("gone\n")
    with pytest.raises(PublicationFailed, match="not a published snapshot"):
        publishing.current_snapshot(house.settings)


def test_the_verdict_in_the_manifest_names_no_rows(house: House) -> None:
    """Offending rows stay in quality.json; the manifest carries counts and overrides."""
    manifest = publishing.read_manifest(house.settings, house.publish())
    assert "results" not in manifest["verdict"]
    json.dumps(manifest)


def flip(path: Path) -> None:
    """Change one bit in the middle of a read-only file."""
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    path.chmod(0o444)


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def _fail(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_night_that_died_after_going_live_is_written_down_by_the_next(house: House) -> None:
    """Killed between the swap and its own record: the snapshot is live, so the night published, and says so."""
    live, other = house.publish(), "20261101T000099Z-000099"
    for run in (live, other):
        runs.begin_phase(house.settings, run, "publish")
    nightly.mark_interrupted_runs(house.settings)
    told = {run["run_id"]: (run["outcome"], run["snapshot_id"]) for run in runs.summaries(house.settings)}
    assert told == {live: ("published", live), other: (None, None)}
