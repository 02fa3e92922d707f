"""A project with one summary table and one verify table, small enough to break in every way."""

import csv
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import yaml

from pipeline.quality.judging import Task
from pipeline.quality.suites import SUITE_LIST
from pipeline.resources import ROOT as PROJECT

PAYLOAD = "<script>alert(1)</script>\"'; drop table summary.tally; --"
COUNT = "expect_table_row_count_to_be_between"
SELECTS = {
    "summary/tally.sql": "-- Cases by drug.\n-- grain  one row per drug\n-- key    drug\nselect 1",
    "verify/nothing_lost.sql": (
        "-- Drugs that are lost.\n-- grain  one row per drug\n-- key    drug\n-- why    nothing may be lost\nselect 1"
    ),
}
SNAPSHOT = "insert into meta.snapshot (run_id, build_identity, profile) values ('run-1', 'a build', ?)"
PROMISES = (
    ("summary.tally", "drug", "VARCHAR", "not null", "", "Drug"),
    ("summary.tally", "case_count", "BIGINT", "not null", "count", "Cases"),
    ("verify.nothing_lost", "drug", "VARCHAR", "not null", "", "Drug"),
)


def rule(name: str, expect: str, **changes: Any) -> dict[str, Any]:
    """A rule as it is written in a file; `with_` gives its arguments."""
    entry = {"name": name, "expect": expect, "with": changes.pop("with_", {}), "kind": "contract"}
    return {**entry, "severity": "critical", "why": "the reason", **changes}


def sql_rule(name: str, query: str, **changes: Any) -> dict[str, Any]:
    return rule(name, "unexpected_rows_expectation", with_={"unexpected_rows_query": query}, **changes)


@dataclass
class SmallProject:
    """Its folder holds sql/order.txt, expectations/ and candidate.duckdb; `judge_task` says how to judge it."""

    home: Path

    @classmethod
    def build(cls, home: Path) -> "SmallProject":
        project = cls(home)
        for name, text in SELECTS.items():
            (home / "sql" / name).parent.mkdir(parents=True)
            (home / "sql" / name).write_text(text)
        (home / "sql/order.txt").write_text("summary.tally\nverify.nothing_lost  # a verify table\n")
        for name in ("tables.csv", "vocabulary.csv"):
            shutil.copy(PROJECT / "sql" / name, home / "sql")
        project.promise(*PROMISES)
        for name in ("profiles.yaml", "conditions.yaml"):
            text = (PROJECT / "expectations" / name).read_text()
            project.write(name, text)
        project.suite("summary.tally", [rule("rows", COUNT, with_={"min_value": 1}, kind="volume")])
        for table in ("delivery", "delivery_table", "snapshot", "source"):
            project.suite(f"meta.{table}", [rule("rows", COUNT, with_={"min_value": 0})])
        project.fill("candidate.duckdb")
        return project

    def write(self, name: str, text: str) -> Path:
        path = self.home / "expectations" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def promise(self, *columns: tuple[str, ...]) -> None:
        """Write columns.csv: these columns beside those that the project promises of `meta`."""
        with (PROJECT / "sql/columns.csv").open(newline="") as file:
            header, *rows = csv.reader(file)
        shared = [row for row in rows if not row[0]]
        with (self.home / "sql/columns.csv").open("w", newline="") as file:
            of_meta = [row for row in rows if row[0].startswith("meta.")]
            csv.writer(file).writerows([header, *shared, *columns, *of_meta])

    def suite(self, table: str, rules: list[Any]) -> None:
        """Write the handwritten rules of a table, and list it among the tables that have some."""
        self.write(f"{table.replace('.', '/')}.yaml", yaml.safe_dump({"rules": rules}, sort_keys=False))
        self.list_suites({*self.listed_suites(), table})

    def listed_suites(self) -> set[str]:
        path = self.home / "expectations" / SUITE_LIST
        return set(path.read_text().split()) if path.exists() else set()

    def list_suites(self, tables: set[str]) -> None:
        self.write(SUITE_LIST, "".join(f"{table}\n" for table in sorted(tables)))

    def add_rules(self, *rules: dict[str, Any]) -> None:
        """Rules of the tally beside its row count."""
        self.suite("summary.tally", [rule("rows", COUNT, with_={"min_value": 1}, kind="volume"), *rules])

    def fill(self, name: str, *statements: str, profile: str = "auto") -> Path:
        path = self.home / name
        path.unlink(missing_ok=True)
        connection = duckdb.connect(str(path))
        for schema in ("meta", "summary", "verify"):
            connection.execute(f"create schema {schema}")
        connection.execute((PROJECT / "pipeline/meta_tables.sql").read_text())
        connection.execute(SNAPSHOT, [profile])
        connection.execute("create table summary.tally (drug varchar, case_count bigint)")
        connection.execute("create table verify.nothing_lost (drug varchar)")
        connection.execute("insert into summary.tally values ('ketamine', 3), ('memantine', 1)")
        for statement in statements:
            connection.execute(statement)
        connection.close()
        return path

    def task(self, **changes: Any) -> Task:
        values = {
            "candidate": str(self.home / "candidate.duckdb"),
            "run_dir": str(self.home),
            "sql_dir": str(self.home / "sql"),
            "expectations_dir": str(self.home / "expectations"),
            "profile": "auto",
            "memory_limit": "300MB",
            "threads": 1,
        }
        return Task(**{**values, **changes})
