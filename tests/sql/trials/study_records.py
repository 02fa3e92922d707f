"""Invented study records of the registry's API v2, and the models of trials run on them."""

import json
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from pipeline import estimates, typed, warehouse
from pipeline.models import Estimate, Model, load_models, load_typed_models
from pipeline.sources.studies.layout import RAW_COLUMNS
from tests.sql.reports.database import find_downstream_tables, find_trial_tables, select_models

SQL = Path(__file__).resolve().parents[3] / "sql"
Study = dict[str, Any]
Edit = Callable[[Model], Model]


def make_study(
    number: int,
    arms: list[dict[str, Any]],
    groups: list[dict[str, Any]] | None,
    *,
    serious: dict[str, list[Any]] | None = None,
    other: dict[str, list[Any]] | None = None,
    threshold: str | None = "0",
    conditions: Iterable[str] = ("Chronic Pain",),
    model: str = "PARALLEL",
    allocation: str | None = "RANDOMIZED",
    status: dict[str, Any] | None = None,
    updated: str = "2024-01-10",
    interventions: list[dict[str, Any]] | None = None,
) -> Study:
    """A study record. arms: label, type, names of interventions. groups: title, people at risk.

    serious and other: term -> people affected in each group. groups None: no results posted. status: more of the
    status module (overallStatus, completionDateStruct).
    """
    record: Study = {
        "protocolSection": {
            "identificationModule": {"nctId": f"NCT{number:08d}", "briefTitle": f"Invented study {number}"},
            "statusModule": {"lastUpdatePostDateStruct": {"date": updated}, **(status or {})},
            "conditionsModule": {"conditions": list(conditions)},
            "designModule": {
                "studyType": "INTERVENTIONAL",
                "designInfo": {"interventionModel": model, "allocation": allocation},
            },
            "armsInterventionsModule": {
                "armGroups": [_write_arm(arm) for arm in arms],
                "interventions": interventions or _write_interventions(arms),
            },
        },
        "hasResults": groups is not None,
    }
    if groups is not None:
        record["resultsSection"] = {"adverseEventsModule": _write_events(groups, serious, other, threshold)}
    return record


def make_arm(label: str, kind: str, *names: str, text: str = "") -> dict[str, Any]:
    return {"label": label, "type": kind, "description": text, "names": names}


def make_group(title: str, at_risk: int, text: str = "", **stated: int) -> dict[str, Any]:
    """An event group. stated: group totals such as seriousNumAffected, where they matter."""
    return {"title": title, "description": text, "at_risk": at_risk, **stated}


def add_flow(study: Study, *periods: dict[str, Any], titles: Iterable[str]) -> Study:
    """Give the study a flow of participants, whose groups have these titles.

    periods: of each, the people of every group by milestone (STARTED, ...) and, under `reasons`, by posted reason.
    """
    ids = [f"FG{number:03d}" for number, _ in enumerate(titles)]

    def write(entries: dict[str, list[Any]], name: str) -> list[Study]:
        return [
            {
                "type": entry,
                name: [{"groupId": each, "numSubjects": count} for each, count in zip(ids, counts, strict=True)],
            }
            for entry, counts in entries.items()
        ]

    study["resultsSection"]["participantFlowModule"] = {
        "groups": [{"id": each, "title": title} for each, title in zip(ids, titles, strict=True)],
        "periods": [
            {"title": f"Period {number}"}
            | {"milestones": write({key: value for key, value in period.items() if key != "reasons"}, "achievements")}
            | ({"dropWithdraws": write(period["reasons"], "reasons")} if "reasons" in period else {})
            for number, period in enumerate(periods, start=1)
        ],
    }
    return study


def open_register(
    studies: Iterable[Study],
    edit: Edit = lambda model: model,
    *,
    sheets: Iterable[list[dict[str, Any]]] = (),
    connection: "duckdb.DuckDBPyConnection | Register | None" = None,
) -> "Register":
    """The models of trials over the studies, each run when a statement needs it; `edit` may change a model first.

    sheets: rows of extraction sheets, received one after the other; a row may name its file as `member`.
    """
    session = connection.connection if isinstance(connection, Register) else connection or open_session()
    rows = [
        (record["protocolSection"]["identificationModule"]["nctId"], json.dumps(record), f"{number}.json", number)
        for number, record in enumerate(studies, start=1)
    ]
    session.execute("delete from raw.clinicaltrials_record")
    if rows:
        session.executemany(
            "insert into raw.clinicaltrials_record "
            "values (?, ?, ?, ?, 'studies-1', '2026-11-01T00:00:00.000000+00:00')",
            rows,
        )
    session.execute("delete from raw.studies_row")
    for received, sheet in enumerate(sheets, start=1):
        _insert_sheet(session, sheet, received)
    listed = [edit(model) for model in (*load_typed_trial_models(), *load_trial_models())]
    for model in listed:
        session.execute(f"drop table if exists {model.table}")
    return Register(session, listed)


def _insert_sheet(session: duckdb.DuckDBPyConnection, sheet: list[dict[str, Any]], received: int) -> None:
    for number, row in enumerate(sheet, start=2):
        stated = {"sheet_kind": "sheet", "member": f"sheet_{received}.csv"} | row
        values = [str(stated.get(name, "")) for name in RAW_COLUMNS]
        origin = [number, f"sheet-{received}", f"2026-11-{received:02d}T00:00:00.000000+00:00"]
        session.execute(f"insert into raw.studies_row values ({', '.join('?' * (len(values) + 3))})", values + origin)


class Register:
    """A session over some studies. A table is built, with all that it reads, when a statement first names it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, listed: list[Model]) -> None:
        self.connection = connection
        self._waiting = listed

    def execute(self, query: str, *values: Any) -> duckdb.DuckDBPyConnection:
        needed = select_models(query, self._waiting)
        self._waiting = [model for model in self._waiting if model not in needed]
        warehouse.run_models(self.connection, needed)
        return self.connection.execute(query, *values)

    def make_typed(self) -> None:
        """Build the typed tables, and leave all others to whom reads `connection`."""
        warehouse.run_models(self.connection, [model for model in self._waiting if model.layer == "typed"])
        self._waiting = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)


def open_session(sql_dir: Path = SQL) -> duckdb.DuckDBPyConnection:
    """An empty session with the code lists, the layers and a raw table without a row."""
    session = duckdb.connect()
    session.execute("set enable_progress_bar = false; set threads = 1")
    typed.load_codes(session, sql_dir)
    for layer in ("clean", "events", "intermediate", "summary", "verify"):
        session.execute(f"create schema {layer}")
    session.execute("attach ':memory:' as raw; attach ':memory:' as typed")
    session.execute(
        "create table raw.clinicaltrials_record (nct_id varchar, record_text varchar, member varchar, "
        "record_number bigint, delivery_id varchar, received_at varchar)"
    )
    listed = ", ".join(f"{name} varchar" for name in RAW_COLUMNS)
    session.execute(
        f"create table raw.studies_row ({listed}, record_number bigint, delivery_id varchar, received_at varchar)"
    )
    for model in load_typed_models(sql_dir, "studies"):  # no sheet, until a test brings one
        session.execute(f"create table {model.table} as\n{model.sql}")
    return session


@cache
def load_trial_models() -> tuple[Model, ...]:
    """The models of trials in SQL; a test that needs an estimate in Python calls `estimate_table`."""
    listed = load_models(SQL)
    estimated = find_downstream_tables(listed, {model.table for model in listed if isinstance(model, Estimate)})
    wanted = find_trial_tables() - estimated
    return tuple(model for model in listed if isinstance(model, Model) and model.table in wanted)


@cache
def load_typed_trial_models() -> tuple[Model, ...]:
    """The row-local models of trials, in order of name."""
    return (*load_typed_models(SQL, "clinicaltrials"), *load_typed_models(SQL, "studies"))


def estimate_table(session: Register, name: str) -> Register:
    """The session with `summary.<name>` estimated anew from the register it holds."""
    session.execute(f"drop table if exists summary.{name}")
    estimates.create_table(session, name)
    return session


def fetch_rows(session: Register, query: str, *values: Any) -> list[tuple[Any, ...]]:
    return session.execute(query, list(values)).fetchall()


def read_cell(session: Register, **key: str) -> dict[str, Any]:
    """The one published row of a drug, route, reaction (narrow by default), or {} when there is none."""
    key = {"definition": "narrow", **key}
    where = " and ".join(f"{name} = ?" for name in key)
    session.execute(f"select * from summary.observed_by_drug_route where {where}", list(key.values()))
    names = [column[0] for column in session.description or []]
    found = session.fetchall()
    assert len(found) <= 1, "the key names more than one row"
    return dict(zip(names, found[0], strict=True)) if found else {}


def read_bounds(session: Register, arm_id: str, reaction: str, definition: str = "narrow") -> tuple[Any, ...]:
    """People affected at least and at most, and at risk, of one arm of a register of one trial."""
    return fetch_rows(
        session,
        "select participants_affected_lower, participants_affected_upper, participants_at_risk "
        "from intermediate.observed_count where arm_id = ? and reaction = ? and definition = ?",
        arm_id,
        reaction,
        definition,
    )[0]


def _write_arm(given: dict[str, Any]) -> Study:
    names = {"interventionNames": [f"Drug: {name}" for name in given["names"]]} if given["names"] else {}
    return {"label": given["label"], "type": given["type"], "description": given["description"]} | names


def _write_interventions(arms: list[dict[str, Any]]) -> list[Study]:
    names = dict.fromkeys(name for drawn in arms for name in drawn["names"])
    return [
        {"type": "DRUG", "name": name, "armGroupLabels": [each["label"] for each in arms if name in each["names"]]}
        for name in names
    ]


def _write_events(
    groups: list[dict[str, Any]],
    serious: dict[str, list[Any]] | None,
    other: dict[str, list[Any]] | None,
    threshold: str | None,
) -> Study:
    module: Study = {"eventGroups": []} | ({} if threshold is None else {"frequencyThreshold": threshold})
    for number, drawn in enumerate(groups):
        at_risk = {"seriousNumAtRisk": drawn["at_risk"], "otherNumAtRisk": drawn["at_risk"]}
        stated = {"seriousNumAffected": 0} if not serious else {}
        module["eventGroups"].append(
            {"id": f"EG{number:03d}", **stated, **at_risk}
            | {name: value for name, value in drawn.items() if name != "at_risk"}
        )
    for name, terms in (("seriousEvents", serious), ("otherEvents", other)):
        if terms:
            module[name] = [_write_term(term, counts, groups) for term, counts in terms.items()]
    return module


def _write_term(term: str, counts: list[Any], groups: list[dict[str, Any]]) -> Study:
    stats = [
        {"groupId": f"EG{number:03d}", "numAffected": affected, "numAtRisk": drawn["at_risk"]}
        for number, (affected, drawn) in enumerate(zip(counts, groups, strict=True))
        if affected is not None
    ]
    return {"term": term, "sourceVocabulary": "MedDRA 24.0", "stats": stats}
