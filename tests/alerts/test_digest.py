"""The digest for analysts: what a snapshot changes in words, to channels of its own, and nothing of any person."""

from typing import Any

import duckdb
import pytest
from pydantic import SecretStr

from pipeline import digest, publishing, warehouse
from pipeline.alerts import queue, rendering
from pipeline.alerts.mail import make_mail
from pipeline.alerts.masking import make_fit
from pipeline.candidate_file import META_TABLES
from pipeline.contract import load_contract
from pipeline.digest import describe_changes, send_digest
from pipeline.errors import UsageError
from pipeline.rows import insert_rows
from pipeline.settings import Settings
from tests.alerts.conftest import BLOCKED
from tests.alerts.payloads import PAYLOADS
from tests.alerts.queued import Queued
from tests.alerts.servers import MailServer, WebhookServer
from tests.alerts.test_injection import UNSEEN, Page

SQL = Settings().sql_dir
SNAPSHOT = "20261101T010203Z-aaaaaa"
CELL = {"wing": "reports", "source": "faers", "gained_count": 0, "lost_count": 0, "moved_count": 0}
ROWS: list[dict[str, Any]] = [
    CELL
    | {
        "table_name": "summary.reported_by_drug_route",
        "row_key": f"faers | {drug} | any",
        "column_name": "drug_route_case_count",
        "drug": drug,
        "route": "any",
        "change": "moved",
        "count_before": 118,
        "count_now": 120,
        "gained_count": 3,
        "lost_count": 1,
        "reason": "deletion",
        "all_reasons": "deletion new_case",
    }
    for drug in ("ketamine", "ketamine_any")
]
FLAG = CELL | {
    "table_name": "summary.signal",
    "row_key": "faers | ketamine | intravenous | hallucination | narrow | primary | all_other_cases | all",
    "drug": "ketamine",
    "route": "intravenous",
    "reaction": "hallucination",
    "definition": "narrow",
    "change": "gained",
    "count_before": 2,
    "count_now": 5,
    "gained_count": 3,
    "text_before": "not raised",
    "text_now": "raised",
    "reason": "new_case",
    "all_reasons": "new_case other_records",
}
ROWS += [FLAG | {"column_name": name} for name in ("is_evans", "is_ic025")]
ROWS += [FLAG | {"column_name": "is_evans", "row_key": FLAG["row_key"].removesuffix("all") + "age_band, sex, year"}]
ROWS += [
    {
        "wing": "trials",
        "table_name": "summary.finding",
        "row_key": "ketamine | intravenous | nausea | chronic_pain | placebo | lower | all",
        "column_name": "sentence_text",
        "register": "all",
        "drug": "ketamine",
        "route": "intravenous",
        "reaction": "nausea",
        "definition": "narrow",
        "change": "moved",
        "gained_count": 1,
        "lost_count": 0,
        "moved_count": 0,
        "text_before": "In 1 randomised trial, nausea may ...",
        "text_now": "In 2 randomised trials, nausea ...",
        "reason": "new_trial",
        "all_reasons": "new_trial",
    }
]
CASES = [
    {**{name: FLAG[name] for name in ("table_name", "row_key", "source", "drug")}, "column_name": "is_evans"}
    | {"case_id": number, "change": "gained", "reason": "new_case", "all_reasons": "new_case"}
    for number in ("1001", "1002", "1003")
]


def write_snapshot(
    settings: Settings, rows: list[dict[str, Any]] = ROWS, *, parent: str | None = "20261031T010203Z-b"
) -> None:
    """A published database with what the digest reads."""
    path = publishing.database_path(settings, SNAPSHOT)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    contract = load_contract(SQL)
    with duckdb.connect(str(path)) as connection:
        for schema in ("meta", "summary", "events", "codes"):
            connection.execute(f"create schema {schema}")
        connection.execute(META_TABLES.read_text())
        connection.execute(f"create table codes.change_reason as from '{SQL / 'codes/shared/change_reason.csv'}'")
        for table, filled in (("summary.change", rows), ("events.changed_case", CASES)):
            columns = ", ".join(f'"{column.name}" {column.type}' for column in contract.columns[table])
            connection.execute(f"create table {table} ({columns})")
            for row in filled:
                marks = ", ".join("?" for _ in row)
                connection.execute(f"insert into {table} ({', '.join(row)}) values ({marks})", list(row.values()))
        connection.execute("insert into meta.snapshot (run_id, parent_snapshot_id) values (?, ?)", [SNAPSHOT, parent])
        words = [warehouse._word_row(word) for word in contract.words if word.value]
        insert_rows(connection, "meta.vocabulary", words)
        connection.execute(
            "insert into meta.source (source, newest_period, missing_periods, data_date) values "
            "('faers', '2026Q3', '2026Q1', null), ('clinicaltrials', null, null, date '2026-10-30')"
        )


def test_digest_states_cases_flags_findings_reasons_data_and_caveats(settings: Settings) -> None:
    """The whole text, as an analyst reads it."""
    write_snapshot(settings)
    message = describe_changes(settings, SNAPSHOT)
    text = rendering.to_text(make_fit(settings, message))
    assert text.startswith(
        "[CHANGED] Nightvigil: cases by drug: 3 gained, 1 lost; flags: 1 raised,\n"
        "0 lowered; findings of trials: 1 changed\n\nSNAPSHOT\n"
    )
    assert text.count(f"  Snapshot {SNAPSHOT} replaces") == 1
    for part in (
        "CASES BY DRUG\n"
        "  ketamine: 120 cases, 118 before; 3 gained, 1 lost (deletion, new case)\n"
        "  ketamine_any (roll-up or part): 120 cases, 118 before; 3 gained, 1\n"
        "    lost (deletion, new case)\n",
        "FLAGS RAISED AND LOWERED\n"
        "  raised: ketamine, intravenous, hallucination: Evans, IC025; 5 cases, 2\n"
        "    before (new case, other records)\n"
        "    cases that came or went: 1001, 1002, 1003\n"
        "  1 more in sensitivity analyses, other comparators, strata and broad\n"
        "    terms\n",
        "FINDINGS OF TRIALS\n"
        "  ketamine, intravenous, nausea (new trial)\n"
        "    now: In 2 randomised trials, nausea ...\n"
        "    before: In 1 randomised trial, nausea may ...\n",
        "NEWEST DATA\n  clinicaltrials: of 2026-10-30\n  faers: 2026Q3; missing: 2026Q1\n",
        "CAVEATS\n  Reports are not rates:",
        "COMMAND TO COPY\n\nnightvigil sql ",
    ):
        assert part in text, text
    assert "new case: 3 counts, flags or findings. The case had never been received" in " ".join(text.split())


def test_digest_without_a_change_or_a_parent_says_so(settings: Settings) -> None:
    write_snapshot(settings, [])
    assert describe_changes(settings, SNAPSHOT).subject == "nothing changed for the watched drugs"
    write_snapshot(settings, [], parent=None)
    assert "first snapshot" in describe_changes(settings, SNAPSHOT).subject


def test_digest_goes_to_its_own_channels_once_and_alerts_to_theirs(
    by_mail: Settings, mail_server: MailServer, webhook_server: WebhookServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Analysts get the digest and no alert; the person on call gets alerts and no digest."""
    monkeypatch.setattr(queue, "wake", lambda settings: None)
    write_snapshot(by_mail)
    assert send_digest(by_mail, SNAPSHOT) is None, "off unless a channel of analysts is set"
    given = {
        "digest_mail_to": "analysts@example.org",
        "digest_webhook_url": SecretStr(webhook_server.address("/digest")),
        "digest_webhook_token": SecretStr("token of the digest"),
    }
    settings = by_mail.model_copy(update=given)
    for _ in range(2):
        assert send_digest(settings, SNAPSHOT) is not None
    queue.enqueue(settings, BLOCKED)
    assert all(attempt.is_accepted for attempt in queue.deliver(settings))
    assert {
        (mail.receivers[0], mail.parsed["To"], mail.parsed["Subject"].split("]")[0]) for mail in mail_server.accepted
    } == {
        ("analysts@example.org", "analysts@example.org", "[CHANGED"),
        ("oncall@example.org", "oncall@example.org", "[BLOCKED, night 3"),
    }
    [post] = webhook_server.accepted
    assert (post.path, post.headers["Authorization"]) == ("/digest", "Bearer token of the digest")
    assert post.headers["Idempotency-Key"] == f"digest-{SNAPSHOT}"


def test_digest_that_cannot_be_made_is_logged_and_fails_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    queued = Queued.instead_of_channels(monkeypatch)
    given = settings.model_copy(update={"digest_slack_url": SecretStr("https://hooks.example.org/x")})
    assert send_digest(given, SNAPSHOT) is None
    assert queued.messages == []
    assert "could not be made" in caplog.text


def test_terms_of_reports_stay_in_their_place_in_the_digest(settings: Settings) -> None:
    """A preferred term is text that a sender wrote: sixty hostile ones are shown as text, in every medium."""
    hostile = [
        FLAG
        | {
            "table_name": "summary.signal_any_drug",
            "row_key": f"faers | KETAMINE | {payload}",
            "column_name": "is_evans",
            "route": None,
            "reaction": None,
            "definition": None,
            "text_now": "raised",
        }
        for payload in PAYLOADS
        if payload.isprintable() or payload.encode("utf-8", "replace").decode() == payload  # as DuckDB keeps text
    ]
    for start in range(0, len(hostile), 12):
        write_snapshot(settings, hostile[start : start + 12])
        message = make_fit(settings, describe_changes(settings, SNAPSHOT))
        text = rendering.to_text(message)
        assert not UNSEEN.search(text)
        headings = [line for line in text.splitlines() if line.isupper() and not line.startswith(" ")]
        assert headings.count("COMMAND TO COPY") == 1 and headings.count("WHAT TO DO") == 0
        page = Page(rendering.to_html(message))
        assert page.tags <= {"html", "head", "meta", "title", "body", "h1", "h2", "p", "pre"}
        mailed = make_mail(
            settings.model_copy(update={"mail_from": "a@example.org", "digest_mail_to": "b@example.org"}), message
        )
        assert mailed.get_all("Bcc") is None and mailed["To"] == "b@example.org"
        slack = rendering.to_slack(message)
        assert all(block["text"]["type"] == "plain_text" for block in slack["blocks"])


def test_mail_of_the_digest_alone_needs_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTVIGIL_DIGEST_MAIL_TO", "analysts@example.org")
    with pytest.raises(UsageError, match="mail_server is empty"):
        Settings.from_environment()
    monkeypatch.setenv("NIGHTVIGIL_MAIL_SERVER", "smtp://mail.example.org")
    monkeypatch.setenv("NIGHTVIGIL_MAIL_FROM", "nightvigil@example.org")
    assert Settings.from_environment().mail_to == ""


def test_digest_holds_no_column_that_describes_a_person() -> None:
    """Of a case the digest may read its id and why it moved; nothing else is in the tables it asks."""
    asked = " ".join((digest.DRUGS, digest.FLAGS, digest.EFFECTS, digest.REASONS, digest.SOURCES))
    assert not [word for word in ("events.case ", "faers_case", "age", "sex", "country") if f" {word}" in asked]
    columns = {column.name for column in load_contract(SQL).columns["events.changed_case"]}
    assert not columns & {"age_years", "age_band", "sex", "country", "reporter_type", "received_date", "report_id"}
