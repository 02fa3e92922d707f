"""New code that moves a published value waits until a person accepts it; new data and other changes do not.

The rules are not evaluated here: the verdict is open, so that only the comparison with the live snapshot can stop a
run. The tables are those without statistics, of a small invented world.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline import intake, nightly, publishing, quality, runs
from pipeline.errors import AcceptanceNeeded, NothingNew, PublicationFailed, UsageError
from pipeline.publishing.manifest import write_manifest
from pipeline.quality.verdict import write_verdict
from pipeline.sample.world import archive_name, write_world
from pipeline.settings import Settings
from tests.publishing.conftest import verdict
from tests.without_statistics import remove_statistics

NEW = "2024Q1"
TERM = "hallucination,Hallucination,"
TALLY = "summary/reports/reported_by_drug_route.sql"


@dataclass(frozen=True)
class Watch:
    """A home with a live snapshot, and the SQL that a test may edit. new: an archive that was not received yet."""

    settings: Settings
    new: Path

    def run(self) -> str:
        """One nightly run; return what became live."""
        run_id = self.start()
        return nightly.publish(self.settings, run_id)

    def start(self) -> str:
        """A run as far as its open gate."""
        run_id = nightly.start_run(self.settings)
        nightly.build(self.settings, run_id)
        nightly.judge(self.settings, run_id)
        return run_id

    def receive(self) -> None:
        shutil.copy(self.new, self.settings.inbox / "faers")
        for offer in intake.find_deliveries(self.settings, "faers"):
            assert intake.land_delivery(self.settings, offer)["status"] == "landed"

    def edit(self, name: str, change: Callable[[str], str]) -> None:
        path = self.settings.sql_dir / name
        text = path.read_text()
        assert change(text) != text
        path.write_text(change(text))

    def forget_a_term(self) -> None:
        """Move published values: one term is no hallucination any more."""
        self.edit(
            "codes/shared/reaction.csv",
            lambda text: "".join(line for line in text.splitlines(keepends=True) if not line.startswith(TERM)),
        )

    def add_a_comment(self) -> None:
        """Another code identity, and the same values."""
        self.edit(TALLY, lambda text: f"{text.rstrip()}\n-- the same rows\n")

    @property
    def live(self) -> str:
        live = publishing.current_snapshot(self.settings)
        assert live is not None
        return live

    def outcome(self, run_id: str) -> str:
        [run] = [run for run in runs.summaries(self.settings) if run["run_id"] == run_id]
        return str(run["outcome"])

    def code_change(self) -> dict[str, Any] | None:
        found: dict[str, Any] | None = publishing.read_manifest(self.settings, self.live)["code_change"]
        return found


@pytest.fixture
def open_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality, "judge", judge_as_open)


def judge_as_open(settings: Settings, candidate: Path, run_dir: Path, parent: Path | None, **_: Any) -> Any:
    write_verdict(verdict(), run_dir / "quality.json")
    return verdict()


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Watch:
    """A home that published every quarter but the last."""
    folder = tmp_path_factory.mktemp("published")
    write_world(folder / "world", cases_per_period=20)
    chosen = {key: Path(path) for key, path in remove_statistics(folder / "plain")[0].items()}
    settings = Settings(
        home=folder / "home",
        sql_dir=chosen["NIGHTVIGIL_SQL_DIR"],
        expectations_dir=chosen["NIGHTVIGIL_EXPECTATIONS_DIR"],
    )
    inbox = settings.inbox / "faers"
    inbox.mkdir(parents=True)
    for archive in (folder / "world" / "faers").glob("*.zip"):
        if archive.name != archive_name(NEW):
            shutil.copy(archive, inbox)
    intake.land_all(settings)
    watch = Watch(settings, folder / "world" / "faers" / archive_name(NEW))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quality, "judge", judge_as_open)
        watch.run()
    return watch


@pytest.fixture
def watch(published: Watch, tmp_path: Path, open_gate: None) -> Watch:
    """A copy of the published home, with SQL of its own."""
    shutil.copytree(published.settings.home, tmp_path / "home", symlinks=True)
    shutil.copytree(published.settings.sql_dir, tmp_path / "sql")
    changes = {"home": tmp_path / "home", "sql_dir": tmp_path / "sql"}
    return Watch(published.settings.model_copy(update=changes), published.new)


@pytest.mark.proof
def test_new_code_that_moves_a_value_waits_until_it_is_accepted(watch: Watch) -> None:
    """It is reported again each night without another build; the acceptance publishes it and is in the manifest."""
    before = watch.live
    watch.forget_a_term()
    run_id = watch.start()
    with pytest.raises(AcceptanceNeeded, match="reported_by_drug_route") as waiting:
        nightly.publish(watch.settings, run_id)
    assert waiting.value.exit_code == 3
    assert "hallucination" in waiting.value.what and "nightvigil accept" in waiting.value.todo
    assert (watch.live, watch.outcome(run_id)) == (before, "waiting")
    assert publishing.status(watch.settings)["waiting"]["run_id"] == run_id

    count = len(runs.summaries(watch.settings))
    with pytest.raises(AcceptanceNeeded, match="reported_by_drug_route"):
        nightly.start_run(watch.settings)
    assert len(runs.summaries(watch.settings)) == count

    assert nightly.accept(watch.settings, reason="the term was wrong", by="A. Reviewer") == run_id == watch.live
    change = watch.code_change()
    assert change is not None
    accepted = change["acceptance"]
    assert (accepted["accepted_by"], accepted["reason"]) == ("A. Reviewer", "the term was wrong")
    [tally] = [each for each in accepted["by_code"] if each["table"] == "reported_by_drug_route"]
    assert tally["rows_changed"] > 0 and tally["rows_new"] == tally["rows_gone"] == 0
    assert int(tally["largest"][0]["before"]) > int(tally["largest"][0]["after"])
    with pytest.raises(NothingNew):
        nightly.start_run(watch.settings)
    with pytest.raises(UsageError, match="nothing waits"):
        nightly.accept(watch.settings, reason="again", by="A. Reviewer")


@pytest.mark.proof
def test_new_code_with_the_same_values_is_published(watch: Watch) -> None:
    """A comment and a new column, on the same deliveries."""
    watch.add_a_comment()
    watch.edit(
        TALLY,
        lambda text: text.replace(
            "    coalesce(counted.fatal_case_count, 0) as fatal_case_count,\n",
            "    coalesce(counted.fatal_case_count, 0) as fatal_case_count,\n    1 as one_count,\n",
        ),
    )
    watch.run()
    change = watch.code_change()
    assert change is not None
    assert (change["by_code"], change["acceptance"], change["compared_on"]) == ([], None, "the same deliveries")


@pytest.mark.proof
def test_new_data_alone_is_not_compared(watch: Watch) -> None:
    before = watch.live
    watch.receive()
    assert watch.run() == watch.live != before
    assert watch.code_change() is None


@pytest.mark.proof
def test_differences_are_attributed_to_code_or_data(watch: Watch) -> None:
    """The new code runs on the old deliveries first. What it moves there waits; the candidate is accepted."""
    before = watch.live
    watch.forget_a_term()
    watch.receive()
    run_id = watch.start()
    with pytest.raises(AcceptanceNeeded, match="the deliveries of the live snapshot"):
        nightly.publish(watch.settings, run_id)
    assert watch.live == before
    change = publishing.read_code_change(watch.settings, run_id)
    assert change is not None
    by_code, by_data = ({each["table"]: each for each in change[name]} for name in ("by_code", "by_data"))
    assert by_code["reported_by_drug_route"]["rows_new"] == 0  # no quarter more: only cases of the term
    assert (
        by_code["reported_by_drug_route_quarter"]["rows_new"]
        == 0
        < by_data["reported_by_drug_route_quarter"]["rows_new"]
    )
    assert not list(runs.run_dir(watch.settings, run_id).glob("*old_deliveries*"))
    assert nightly.accept(watch.settings, reason="right", by="reviewer") == watch.live == run_id


@pytest.mark.proof
def test_new_data_with_code_of_the_same_values_is_published(watch: Watch) -> None:
    watch.add_a_comment()
    watch.receive()
    watch.run()
    change = watch.code_change()
    assert change is not None
    assert (change["by_code"], change["compared_on"]) == ([], "the deliveries of the live snapshot")


@pytest.mark.proof
def test_later_run_inherits_the_acceptance(watch: Watch) -> None:
    """Another quarter came before the person decided, and after a rollback the same code is published again."""
    first = watch.live
    watch.forget_a_term()
    with pytest.raises(AcceptanceNeeded):
        watch.run()
    nightly.accept(watch.settings, reason="right", by="reviewer")
    publishing.rollback(watch.settings, first, reason="a look at the numbers of before")
    with pytest.raises(PublicationFailed, match="held"):
        nightly.start_run(watch.settings)
    publishing.release(watch.settings)
    watch.receive()
    assert watch.run() == watch.live
    change = watch.code_change()
    assert change is not None
    assert change["acceptance"]["accepted_by"] == "reviewer"


@pytest.mark.proof
def test_waiting_candidate_is_kept_until_a_newer_one_waits(watch: Watch) -> None:
    """A later candidate that is refused leaves it; the code of before makes it void."""
    watch.forget_a_term()
    waiting = watch.start()
    with pytest.raises(AcceptanceNeeded):
        nightly.publish(watch.settings, waiting)
    watch.receive()
    for _ in range(2):
        refused = watch.start()
        runs.finish(watch.settings, refused, "refused", message="a rule failed")
    publishing.remove_superseded_candidates(watch.settings)
    kept = {path.parent.name for path in watch.settings.runs.glob("*/candidate.duckdb")}
    assert kept == {waiting, refused}
    newer = watch.start()
    with pytest.raises(AcceptanceNeeded):
        nightly.publish(watch.settings, newer)
    publishing.remove_superseded_candidates(watch.settings)
    assert {path.parent.name for path in watch.settings.runs.glob("*/candidate.duckdb")} == {newer}
    watch.add_a_comment()
    assert publishing.find_waiting(watch.settings) is None


@pytest.mark.proof
def test_text_changed_through_the_committed_list_needs_no_acceptance(watch: Watch) -> None:
    before, after = "superseded by a later version", "replaced by a later version"
    for path in watch.settings.sql_dir.rglob("*.sql"):
        path.write_text(path.read_text().replace(before, after))
    listed = watch.settings.sql_dir / publishing.CHANGED_TEXTS
    kept = listed.read_text()
    listed.write_text(f"{kept}attrition,reason,{before},{after}\n")
    watch.run()
    assert (watch.code_change() or {})["by_code"] == []


@pytest.mark.proof
def test_manifest_without_components_is_another_code(watch: Watch) -> None:
    """A snapshot of an early version: it is compared by its values, and nothing needs a repair."""
    path = publishing.snapshot_path(watch.settings, watch.live) / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["build_identity"] = "of an early version"
    for name in ("made_from", "code_change", "engine"):
        del manifest[name]
    for name in ("manifest.json", "manifest.sha256"):
        (path.parent / name).chmod(0o644)
    write_manifest(path.parent, manifest)
    shutil.copy(path, watch.settings.runs / watch.live)
    watch.run()
    assert (watch.code_change() or {})["by_code"] == []
    with pytest.raises(UsageError, match="--by is blank"):
        nightly.accept(watch.settings, reason="right", by=" ")
