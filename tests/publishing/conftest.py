"""A home with small judged candidates, made with DuckDB alone, and a publisher of them."""

import dataclasses
import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline import publishing
from pipeline.candidate_file import META_TABLES
from pipeline.landing.receipts import Receipt, ReceivedFile
from pipeline.quality.append import append_results
from pipeline.quality.verdict import RuleResult, Verdict, write_verdict
from pipeline.settings import Settings

CELLS = (
    ("ketamine", "intravenous", "hallucination", 7),
    ("ketamine", "any", "hallucination", 9),
    ("esketamine", "intranasal", "dissociation", 3),
)
RECEIPT = Receipt(
    source="faers",
    delivery_id="2017Q2-20261101T000000000000Z-aaaaaaaaaaaa",
    period="2017Q2",
    era="faers",
    content_sha256="a" * 64,
    received_at=datetime(2026, 11, 1, tzinfo=UTC),
    origin="inbox",
    files=[ReceivedFile("faers_ascii_2017q2.zip", "a" * 64, 1234)],
    raw_in="2017Q2-20261101T000000000000Z-aaaaaaaaaaaa",
)


def verdict(*, outcome: str = "passed") -> Verdict:
    result = RuleResult("summary.reported", "has rows", "", "volume", "critical", outcome, why="a table has rows")
    return Verdict(results=(result,), declared_rule_count=1, profile="sample", judged_at="2026-11-01T00:00:00Z")


def make_candidate(
    path: Path, cells: tuple[tuple[Any, ...], ...] = CELLS, *, note: str = "", more: Sequence[str] = ()
) -> Path:
    """A candidate with one summary table that the test chooses and another that is the same in every run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as made (storage_version 'v1.4.0')")
        connection.execute("use made")
        for schema in ("summary", "events", "meta"):
            connection.execute(f"create schema {schema}")
        connection.execute(
            "create table summary.reported (drug varchar, route varchar, reaction varchar, case_count bigint)"
        )
        columns = [list(column) for column in zip(*cells, strict=True)] or [[], [], [], []]
        connection.execute("insert into summary.reported select unnest(?), unnest(?), unnest(?), unnest(?)", columns)
        connection.execute("create table summary.steady as select range as number, 'é' as letter from range(5)")
        connection.execute("create table events.note as select ? as note, [1, null] as numbers", [note])
        (statement,) = re.findall(r"create table meta\.quality_result [^;]+;", META_TABLES.read_text())
        connection.execute(statement)
        for statement in more:
            connection.execute(statement)
    return path


@dataclasses.dataclass
class Publisher:
    """Stages and publishes candidates in one home."""

    settings: Settings
    count: int = 0

    def stage(
        self,
        *,
        run_id: str | None = None,
        cells: tuple[tuple[Any, ...], ...] = CELLS,
        more: Sequence[str] = (),
        **changes: Any,
    ) -> dict[str, Any]:
        """The arguments of `publish` for a new, judged candidate."""
        self.count += 1
        run_id = run_id or f"20261101T{self.count:06d}Z-{self.count:06x}"
        run_dir = self.settings.runs / run_id
        candidate = make_candidate(run_dir / "candidate.duckdb", cells, note=run_id, more=more)
        publishing.note_tables(self.settings, run_id, candidate)
        judged = changes.pop("verdict", verdict())
        write_verdict(judged, run_dir / "quality.json")
        append_results(candidate, judged)
        inputs = {
            "run_id": run_id,
            "started_at": "2026-11-01T00:00:00.000000Z",
            "parent": publishing.current_snapshot(self.settings),
            "build_identity": hashlib.sha256(run_id.encode()).hexdigest(),
            "code_commit": "unknown",
        }
        return {
            "run_id": run_id,
            "candidate": candidate,
            "inputs": inputs | changes,
            "receipts": [RECEIPT],
            "component_hashes": {"sql": "b" * 64},
        }

    def publish(self, **options: Any) -> str:
        return publishing.publish(self.settings, **self.stage(**options))

    def read_live(self) -> list[tuple[Any, ...]]:
        live = publishing.current_snapshot(self.settings)
        assert live is not None
        with duckdb.connect(str(publishing.database_path(self.settings, live)), read_only=True) as connection:
            return connection.execute("select * from summary.reported order by all").fetchall()


@pytest.fixture
def publisher(settings: Settings) -> Publisher:
    return Publisher(settings)


@pytest.fixture
def make_publisher(tmp_path: Path) -> Callable[[str], Publisher]:
    """Make a publisher for another home of the same test."""
    return lambda name: Publisher(Settings(home=tmp_path / name))
