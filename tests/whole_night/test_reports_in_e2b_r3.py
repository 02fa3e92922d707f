"""A rehearsal of 2026Q4, the first quarter wholly reported in E2B(R3), in three invented layouts of FDA's files.

How the agency will write E2B(R3) into its ASCII files is not known. Each layout holds the same invented reports as a
quarter in today's layout, so that the published counts must be the same.
"""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pipeline import intake, nightly, publishing, runs
from pipeline.alerts.endings import describe_published
from pipeline.sample.cases import Author
from pipeline.sample.reports import write_members
from pipeline.sample.world import archive_name, pack
from pipeline.settings import Settings

pytestmark = [pytest.mark.proof, pytest.mark.timeout(2400)]

PERIOD, CASES = "2026Q4", 150
Row = dict[str, str]
Tables = dict[str, list[Row]]

TERMS = {  # what today's files call a route: its EDQM name and TermID
    "Oral": ("Oral use", "20053000"),
    "Intravenous drip": ("Intravenous use", "20045000"),
    "Intravenous bolus": ("Intravenous use", "20045000"),
    "Intramuscular": ("Intramuscular use", "20035000"),
    "Subcutaneous": ("Subcutaneous use", "20066000"),
    "Nasal": ("Nasal use", "20049000"),
    "Topical": ("Cutaneous use", "20003000"),
    "Transdermal": ("Transdermal use", "20070000"),
    "Sublingual": ("Sublingual use", "20067000"),
    "Epidural": ("Epidural use", "20009000"),
    "Intrathecal": ("Intrathecal use", "20042000"),
    "Rectal": ("Rectal use", "20061000"),
}
FORMS = {"INJECTION": ("Solution for injection", "11201000")}
COUNTED = (
    "reported_by_drug_route", "reported_by_drug_route_quarter", "reported_by_dose_band", "time_to_onset", "signal",
    "route_contrast",
)  # fmt: skip


def draw_reports() -> Tables:
    """The reports of one quarter in today's layout, a row a dict of its columns."""
    author = Author(26)
    for _ in range(CASES):
        author.add(author.draw_case(PERIOD))
    tables = {}
    for table, member in write_members(PERIOD, author.reports.select_period(PERIOD)).items():
        columns, *rows = [line.decode().split("$") for line, _ in member.lines]
        tables[table] = [dict(zip(columns, row, strict=True)) for row in rows]
    return tables


def write_names(tables: Tables) -> Tables:
    """EDQM names of routes and dose forms, dates with hyphens."""
    for row in tables["drug"]:
        row["route"] = TERMS.get(row["route"], (row["route"],))[0]
        row["dose_form"] = FORMS.get(row["dose_form"], (row["dose_form"],))[0]
    return write_dates(tables, lambda day: f"{day[:4]}-{day[4:6]}-{day[6:]}")


def write_codes_in_new_columns(tables: Tables) -> Tables:
    """TermIDs in place of names, the names in columns of their own, seriousness for each event, dates with a time."""
    for row in tables["drug"]:
        name, code = TERMS.get(row["route"], (row["route"], row["route"]))
        row |= {"route": code, "route_term": name}
        form, form_code = FORMS.get(row["dose_form"], (row["dose_form"], row["dose_form"]))
        row |= {"dose_form": form_code, "dose_form_term": form}
    for number, row in enumerate(tables["reac"]):
        row |= {"serious": "true" if number % 2 else "false", "seriousnessdeath": "", "reac_start_dt": "20261001"}
    return write_dates(tables, lambda day: f"{day}120000-0500")


def reorder_and_leave_out(tables: Tables) -> Tables:
    """Columns in another order, those that no model reads left out, each route twice: by name, and with its code."""
    for row in tables["drug"]:
        name, code = TERMS.get(row["route"], (row["route"], ""))
        row["route"] = f"{name}; {name} ({code})" if code else name
    for table in tables:
        unread = {"mfr_dt", "e_sub", "rept_dt", "to_mfr", "val_vbm", "exp_dt"}
        tables[table] = [
            {name: row[name] for name in sorted(row, reverse=True) if name not in unread} for row in tables[table]
        ]
    return write_dates(tables, lambda day: f"{day[:4]}-{day[4:6]}-{day[6:]}T08:15:00Z")


def write_dates(tables: Tables, write: Callable[[str], str]) -> Tables:
    """Write each whole date anew; a partial date stays."""
    for rows in tables.values():
        for row in rows:
            row |= {name: write(text) for name, text in row.items() if name.endswith("_dt") and len(text) == 8}
    return tables


def publish(home: Path, tables: Tables) -> tuple[Settings, dict[str, object]]:
    """One night over this quarter; the outcome of its landing."""
    settings = Settings(home=home)
    files = {}
    for table, rows in tables.items():
        lines = ["$".join(rows[0]), *("$".join(row.values()) for row in rows), ""]
        files[f"ascii/{table.upper()}26Q4.txt"] = "\n".join(lines).encode()
    inbox = settings.inbox / "faers"
    inbox.mkdir(parents=True)
    (inbox / archive_name(PERIOD)).write_bytes(pack(files))
    (outcome,) = intake.land_all(settings)
    run_id = nightly.start_run(settings, [outcome])
    nightly.publish_run(settings, run_id)
    return settings, outcome


def read_counts(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    return {table: ask(settings, f"select * from summary.{table} order by all") for table in COUNTED}


def ask(settings: Settings, query: str) -> list[tuple[object, ...]]:
    live = publishing.current_snapshot(settings)
    assert live is not None
    with duckdb.connect(str(publishing.database_path(settings, live)), read_only=True) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def today(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[object, ...]]]:
    """What is published of the quarter in today's layout."""
    settings, outcome = publish(tmp_path_factory.mktemp("today"), draw_reports())
    assert (outcome["status"], outcome["message"]) == ("landed", "")
    counts = read_counts(settings)
    assert sum(row[5] or 0 for row in counts["reported_by_drug_route"] if isinstance(row[5], int)) > 0
    return counts


@pytest.mark.parametrize("layout", [write_names, write_codes_in_new_columns, reorder_and_leave_out])
def test_same_reports_are_published_whatever_the_layout(
    today: dict[str, list[tuple[object, ...]]], layout: Callable[[Tables], Tables], tmp_path: Path
) -> None:
    settings, outcome = publish(tmp_path, layout(draw_reports()))
    assert outcome["status"] == "landed"
    counts = read_counts(settings)
    assert {table for table in COUNTED if counts[table] != today[table]} == set()


def test_columns_never_seen_before_are_kept_and_reported(tmp_path: Path) -> None:
    """In the outcome of landing, in the account of the delivery, as a warning, and in the message of the run."""
    settings, outcome = publish(tmp_path, write_codes_in_new_columns(draw_reports()))
    names = "drug.unlisted_route_term, drug.unlisted_dose_form_term, reac.unlisted_serious"
    assert names in str(outcome["message"])
    rows = ask(
        settings, "select table_name, unlisted_columns from meta.delivery_table where unlisted_columns is not null"
    )
    assert sorted(rows) == [
        ("drug", "unlisted_route_term unlisted_dose_form_term"),
        ("reac", "unlisted_serious unlisted_seriousnessdeath unlisted_reac_start_dt"),
    ]
    rule = "a current file has only columns that were seen before"
    failed = f"select severity from meta.quality_result where rule = '{rule}' and outcome = 'failed'"
    assert ask(settings, failed) == [("warning",)]
    (run,) = runs.summaries(settings)
    message = describe_published(settings, run["run_id"], run["snapshot_id"])
    assert any(rule in cause.rule for cause in message.causes)
    (raw,) = (settings.raw / "faers").glob("*/drug.parquet")
    kept = duckdb.sql(f"select distinct unlisted_route_term from '{raw}' where route = '20045000'").fetchall()
    assert kept == [("Intravenous use",)]


def test_case_with_two_routes_of_one_drug_counts_in_both(tmp_path: Path) -> None:
    """E2B(R3) allows several routes of one drug: whoever had a drug intravenously had it by mouth as well."""
    tables = draw_reports()
    for row in tables["drug"]:
        if row["route"].startswith("Intravenous"):
            row["route"] = "Intravenous use; Oral use"
    settings, _ = publish(tmp_path, tables)
    # The route of magnesium defines its subclass, so that a subclass has one of the two routes only.
    by_route = "select distinct case_id, drug from events.exposed_case where drug not like 'magnesium_%' and route = "
    intravenous, oral = (set(ask(settings, f"{by_route}'{route}'")) for route in ("intravenous", "oral"))
    assert intravenous and intravenous <= oral
