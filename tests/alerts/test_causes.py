"""The cause comes first, what failed because of it is grouped under it, and nothing but ids and fields is shown."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from pipeline.alerts.causes import describe_gate, describe_warnings, group_failures
from pipeline.alerts.message import Message
from pipeline.cli import app
from pipeline.quality.verdict import RuleResult, Verdict, write_verdict
from pipeline.settings import Settings

RUN, LIVE = "20261129T020000Z-aaaaaa", "20261128T020000Z-bbbbbb"
REISSUE = "a re-issue keeps at least nine tenths of what it replaces"


def failure(suite: str, rule: str, **changes: Any) -> RuleResult:
    values = {"expectation": "", "kind": "drift", "severity": "critical", "outcome": "failed", "why": "a reason"}
    return RuleResult(suite, rule, **(values | {"observed": "1", "failed_count": 1} | changes))


def lost(suite: str, now: int, before: int, rule: str = "no tenth is lost since the live snapshot") -> RuleResult:
    rows = ({"earlier_row_count": str(before), "row_count": str(now)},)
    return failure(suite, rule, rows=rows, query=f"select row_count, earlier_row_count from {suite}")


def judged(*results: RuleResult) -> Verdict:
    return Verdict(tuple(results), len(results), "sample", deliveries="0" * 64)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(home=tmp_path)
    for run_id, parent, deliveries in ((LIVE, None, ["2023Q4-a", "2024Q1-b"]), (RUN, LIVE, ["2023Q4-a", "2024Q1-c"])):
        folder = made.runs / run_id
        folder.mkdir(parents=True)
        (folder / "inputs.json").write_text(json.dumps({"parent": parent, "deliveries": deliveries}))
    return made


def cut_reissue() -> Verdict:
    """A quarter issued again at a tenth of its size, failures in the order of the build, the receipt last."""
    tables = (
        *(f"clean.faers_{name}" for name in ("version", "case")),
        *(f"events.{name}" for name in ("case", "exposure", "reaction", "exposed_case", "reported")),
        *(f"intermediate.{name}" for name in ("case_stratum", "pair_margin")),
        *(f"summary.{name}" for name in ("reported_by_drug_route", "signal_any_drug", "signal")),
        "verify.published_count_matches_cases",
    )
    record = {"source": "faers", "period": "2024Q1", "record_count": "346", "replaced_record_count": "3491"}
    query = "select received.source, received.period, record_count, replaced.record_count as replaced_record_count"
    why = "a re-issued quarter with half its records is a truncated file. 2026-11-23: some rows of slack"
    consequences = [lost(table, 1900, 2400) for table in tables]
    return judged(*consequences, failure("meta.delivery", REISSUE, rows=(record,), query=query, why=why))


def test_cut_reissue_is_named_first_and_its_thirteen_consequences_are_grouped(settings: Settings) -> None:
    message = describe_gate(settings, RUN, cut_reissue())
    (cause,) = message.causes
    assert message.subject == (
        f'publication blocked: faers 2024Q1: the rule "{REISSUE}" does not hold: '
        "346 records now, 3,491 records before"
    )
    assert (cause.earlier, cause.now, cause.where) == ("3,491 records", "346 records", "meta.delivery, faers 2024Q1")
    assert cause.what.endswith("A re-issued quarter with half its records is a truncated file.")
    assert cause.samples == ("source faers, period 2024Q1, record_count 346, replaced_record_count 3491",)
    assert len(message.consequences) == 13
    assert [problem.where for problem in message.consequences[:2]] == ["clean.faers_version", "clean.faers_case"]
    assert message.consequences[0].todo == ""
    assert message.who == "data engineer on call"
    assert message.about == {"run": RUN, "new_deliveries": "2024Q1-c"}
    assert f"snapshot {LIVE} stays live" in message.effect
    assert "summary.signal" in message.tables and "summary.trial_effect" not in message.tables
    assert Message.from_json(json.loads(json.dumps(message.to_json()))) == message


def test_command_of_the_message_works_when_copied(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    write_verdict(cut_reissue(), settings.runs / RUN / "quality.json")
    monkeypatch.setenv("NIGHTVIGIL_HOME", str(settings.home))
    program, *arguments = shlex.split(describe_gate(settings, RUN, cut_reissue()).command)
    assert program == "nightvigil"
    app(arguments, standalone_mode=False)
    printed = capfd.readouterr()
    assert printed.out.index(REISSUE) < printed.out.index("clean.faers_version")
    assert "the gate is closed" in printed.err


def test_fault_of_one_source_is_no_cause_of_another(settings: Settings) -> None:
    trials = lost("clean.trial", 3, 9)
    failures = group_failures(settings, [*cut_reissue().results, trials])
    assert [result.suite for result in failures.causes] == ["meta.delivery", "clean.trial"]


def test_earliest_table_is_the_cause_where_every_delivery_is_sound(settings: Settings) -> None:
    failures = group_failures(
        settings, [lost("summary.signal", 1, 9), lost("events.case", 1, 9), lost("clean.faers_case", 1, 9)]
    )
    assert [result.suite for result in failures.causes] == ["clean.faers_case"]
    assert [result.suite for result in failures.consequences] == ["events.case", "summary.signal"]


def test_rules_of_a_column_that_is_gone_follow_from_its_table(settings: Settings) -> None:
    gone = failure("events.case", "columns and types", kind="contract")
    error = failure("events.case", "sex is stated", kind="contract", outcome="error", observed="no column sex")
    failures = group_failures(settings, [error, gone])
    assert (failures.causes, failures.consequences) == ((gone,), (error,))
    message = describe_gate(settings, RUN, judged(error, gone))
    assert "overrid" not in message.todo


def test_samples_show_ids_and_the_field_but_no_whole_row(settings: Settings) -> None:
    """`select *` returns the whole case; what else it says of a person is nobody's business in a message."""
    row = {"source": "faers", "case_id": "1", "age_years": "412", "sex": "female", "reporter_country": "NZ"}
    whole = failure(
        "events.case",
        "age_years is plausible",
        kind="plausibility",
        query='select * from events.case where "age_years" > 120',
        rows=(row,) * 5,
        failed_count=32604,
        checked_count=1411200,
        limit="0 to 120",
    )
    (problem,) = describe_gate(settings, RUN, judged(whole)).causes
    assert problem.samples == ("source faers, case_id 1, age_years 412",) * 5
    assert (problem.failed_count, problem.checked_count, problem.limit) == (32604, 1411200, "0 to 120")


def test_text_of_a_sample_cannot_break_out_of_its_line(settings: Settings) -> None:
    row = {"case_id": "1\r\nBcc: all@example.org", "drug": "\x1b]0;owned\x07" + "x" * 500}
    broken = failure("events.exposure", "drug is a known word", kind="contract", rows=(row,), query='where "drug"')
    (problem,) = describe_gate(settings, RUN, judged(broken)).causes
    (sample,) = problem.samples
    assert sample.isprintable() and len(sample) < 250


def test_override_is_shown_where_it_holds_and_where_it_no_longer_does(settings: Settings) -> None:
    signed = {"by": "safety lead", "expires": "2026-12-05", "reason": "confirmed"}
    held = lost("clean.faers_case", 1, 9)
    held = RuleResult(**{**vars(held), "is_overridden": True, "override": signed})
    assert [each.override for each in describe_warnings(settings, RUN, judged(held))] == [
        "overridden by safety lead until 2026-12-05: confirmed"
    ]
    lapsed = RuleResult(
        **{**vars(held), "is_overridden": False, "override": signed | {"lapsed": "the value is worse"}}
    )
    (problem,) = describe_gate(settings, RUN, judged(lapsed)).causes
    assert problem.override == "no longer overridden by safety lead until 2026-12-05: confirmed (the value is worse)"


def test_warnings_are_described_causes_first(settings: Settings) -> None:
    weak = [
        failure("events.case", "ages", severity="warning"),
        failure("clean.faers_case", "dates", severity="warning"),
    ]
    problems = describe_warnings(settings, RUN, judged(*weak))
    assert [problem.rule for problem in problems] == ["clean.faers_case: dates", "events.case: ages"]
