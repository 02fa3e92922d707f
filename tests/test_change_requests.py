"""Ten requests for a change: a reader of `docs/how-to/change.md` opens the right file, and the change takes effect.

Each request is made on one copy of the project, which then publishes about an invented world. In that world one
legacy quarter names a brand of memantine and a spelling of a route that no list knows. Two requests are shown
elsewhere: a source in `tests/whole_night/test_third_source.py`, retention in `tests/publishing/test_retention.py`.
"""

import json
import re
import shlex
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.sample.world import pack, write_world
from pipeline.settings import Settings
from tests.project_copy import ProjectCopy

PROJECT = Path(__file__).resolve().parents[1]
QUARTER, PERIOD = "aers_ascii_2011q4.zip", "2011Q4"
BRAND, KNOWN_BRAND = "MEMANTOREX", "NAMENDA"
SPELLING, KNOWN_SPELLING = "SWALLOWED WHOLE", "ORAL"
TERM = "Somnolence"
TRIAL, GROUP = "NCT99000005", "Placebo"
RULE = "routes are known"
KEEP = "import sys; open(sys.argv[1], 'w').write(sys.stdin.read())"


@dataclass(frozen=True)
class Request:
    """What a person wants changed, the first cell of the row that they find, the file they open."""

    wish: str
    row: str
    file: str


REQUESTS = (
    Request("a brand of memantine", "a brand, synonym or misspelling of a drug", "sql/codes/shared/watched_name.csv"),
    Request("a synonym of a route", "a spelling of a route of administration", "sql/codes/reports/route.csv"),
    Request("a new source", "a source", "pipeline/sources"),
    Request(
        "the minimum count of a criterion",
        "the minimum count or threshold of a criterion of disproportionality",
        "pipeline/statistics/criteria.py",
    ),
    Request("alerts to Slack", "where messages go: e-mail, Slack, Teams, a webhook, a pager", ".env.example"),
    Request("a term of dissociation", "a term that counts as a reaction", "sql/codes/shared/reaction.csv"),
    Request("a column of `signal`", "a column of a table", "pipeline/estimates"),
    Request("how many snapshots are kept", "how many snapshots are kept", ".env.example"),
    Request(
        "a rule on the share of unknown routes",
        "what must hold before anything is published",
        "expectations",
    ),
    Request(
        "a trial group wrongly read as placebo",
        "what one trial group received, or its role, when the record misleads",
        "sql/codes/trials/trial_arm_review.csv",
    ),
)


def read_rows() -> dict[str, str]:
    """The page "To change X, edit Y": what to edit, by what to change."""
    page = (PROJECT / "docs" / "how-to" / "change.md").read_text()
    cells = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")]
    return {row[0]: row[1] for row in cells if len(row) == 2}


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.wish)
def test_documentation_names_the_file_of_each_request(request_: Request) -> None:
    named = re.findall(r"`([^`]+)`", read_rows()[request_.row])
    assert request_.file in [path.rstrip("/") for path in named]
    assert (PROJECT / request_.file).exists()


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> ProjectCopy:
    """A copy with every request made, after a nightly run that published."""
    folder = tmp_path_factory.mktemp("changed")
    copy = ProjectCopy.make(folder)
    make_requests(copy)
    write_world(folder / "world", cases_per_period=60)
    rename_in_quarter(folder / "world" / "faers" / QUARTER)
    copy.deposit(folder / "world")
    hook = shlex.join([sys.executable, "-c", KEEP, str(folder / "message.json")])
    copy.publish(alert_command=hook)
    # A process of its own sends the message; this returns once it is sent.
    copy.run("alerts", "deliver", "--wait", "120", alert_command=hook)
    return copy


def make_requests(copy: ProjectCopy) -> None:
    """Edit the copy as the page says."""
    copy.append("sql/codes/shared/watched_name.csv", f"{BRAND.lower()},MEMANTINE,synonym,,,,,invented brand")
    copy.append("sql/codes/reports/route.csv", f"{SPELLING},oral,,invented spelling")
    copy.replace("pipeline/statistics/criteria.py", "EVANS_CASES, EUDRAVIGILANCE_CASES", "_, EUDRAVIGILANCE_CASES")
    copy.replace(
        "pipeline/statistics/criteria.py", "\n\n\ndef named_criteria", "\nEVANS_CASES = 4\n\n\ndef named_criteria"
    )
    copy.append("sql/codes/shared/reaction.csv", f"dissociation,{TERM},narrow,invented decision")
    copy.replace(
        "pipeline/estimates/signal.py",
        "        **{name: _texts(measured[name]) for name in (*KNOWN, *REASONS)},",
        '        "is_reported": pa.array(measured["with_both_count"] > 0, pa.bool_()),\n'
        "        **{name: _texts(measured[name]) for name in (*KNOWN, *REASONS)},",
    )
    copy.replace(
        "sql/columns.csv",
        "\nsummary.signal,is_eb05_2,,,,\n",
        "\nsummary.signal,is_eb05_2,,,,\nsummary.signal,is_reported,BOOLEAN,not null,,Whether any case has both\n",
    )
    copy.append(
        "expectations/events/reports/exposure.yaml",
        "",
        f"- name: {RULE}",
        "  expect: unexpected_rows_expectation",
        "  with:",
        "    unexpected_rows_query: >-",
        "      select count(*) as row_count from {batch}",
        "      having count(*) filter (where coalesce(route, 'unknown') = 'unknown') > 0.01 * count(*)",
        "  kind: completeness",
        "  severity: warning",
        "  why: an invented limit that the invented world breaks",
    )
    copy.append(
        "sql/codes/trials/trial_arm_review.csv",
        f"{TRIAL},{GROUP},,,active,pharmacist,2026-11-28,invented decision: not a placebo",
    )


def rename_in_quarter(archive: Path) -> None:
    """Give one brand and one route of a legacy quarter a spelling that no list knows."""
    with zipfile.ZipFile(archive) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    for before, after in ((KNOWN_BRAND, BRAND), (KNOWN_SPELLING, SPELLING)):
        name = next(name for name in members if "/DRUG" in name)
        assert f"${before}$".encode() in members[name]
        members[name] = members[name].replace(f"${before}$".encode(), f"${after}$".encode())
    archive.write_bytes(pack(members))


@pytest.mark.proof
def test_brand_counts_for_its_drug(changed: ProjectCopy) -> None:
    found = changed.ask(f"select distinct drug from clean.faers_drug where upper(name_text) = '{BRAND}'")
    assert found == [{"drug": "memantine"}]


@pytest.mark.proof
def test_spelling_of_a_route_is_that_route(changed: ProjectCopy) -> None:
    """No other spelling of that quarter means oral."""
    [row] = changed.ask(
        "select count(*) filter (where route = 'oral') > 0 as is_read, "
        "count(*) filter (where route = 'not coded') as "
        f"unread_count from events.exposure inner join events.case using (source, case_id) where period = '{PERIOD}'"
    )
    assert row == {"is_read": True, "unread_count": 0}


@pytest.mark.proof
def test_criterion_asks_for_its_minimum_count(changed: ProjectCopy) -> None:
    """Three cases met the criterion of Evans before."""
    [row] = changed.ask(
        "select count(*) filter (where with_both_count = 3) > 0 as has_candidates, "
        "min(with_both_count) filter (where "
        "is_evans) as fewest from summary.signal where prr >= 2 and chi_squared_yates >= 4 and stratum = 'all'"
    )
    assert row == {"has_candidates": True, "fewest": 4}


@pytest.mark.proof
def test_message_reaches_the_command(changed: ProjectCopy) -> None:
    message = json.loads((changed.folder / "message.json").read_text())
    assert message["what"]
    assert message["todo"]


@pytest.mark.proof
def test_term_counts_as_the_reaction(changed: ProjectCopy) -> None:
    [row] = changed.ask(
        "select count(*) > 0 as is_counted from events.reported as reported inner join events.reaction as reaction "
        f"using (source, case_id) where reported.reaction = 'dissociation' and preferred_term = '{TERM}'"
    )
    assert row == {"is_counted": True}


@pytest.mark.proof
def test_column_of_an_estimate_is_published_and_explained(changed: ProjectCopy) -> None:
    [row] = changed.ask("select bool_and(is_reported = (with_both_count > 0)) as is_right from summary.signal")
    assert row == {"is_right": True}
    assert changed.ask("select comment from duckdb_columns() where column_name = 'is_reported'") == [
        {"comment": "Whether any case has both"}
    ]


@pytest.mark.proof
def test_rule_is_evaluated_and_reports_what_breaks_it(changed: ProjectCopy) -> None:
    assert ("events.exposure", RULE) in changed.find_failed()


@pytest.mark.proof
def test_reviewed_group_is_no_placebo(changed: ProjectCopy) -> None:
    [row] = changed.ask(
        f"select role, role_basis from events.observed_arm where trial_id = '{TRIAL}' and arm_title = '{GROUP}'"
    )
    assert row == {"role": "active", "role_basis": "reviewed"}


def test_number_of_snapshots_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "NIGHTVIGIL_RETENTION=" in (PROJECT / ".env.example").read_text()
    monkeypatch.setenv("NIGHTVIGIL_RETENTION", "3")
    assert Settings.from_environment().retention == 3
