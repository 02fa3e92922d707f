"""The pages about the data: rules, runs, dictionary and queries show what the database and the files state."""

import csv
import json
import re
from pathlib import Path

import duckdb
import pytest

from pipeline.exports.checklist import ITEMS
from pipeline.exports.questions import read_questions
from pipeline.publishing.current import DATABASE, MANIFEST
from pipeline.resources import ROOT as PROJECT
from pipeline.site import build, code_facts
from pipeline.site.context import VERDICT
from pipeline.site.numbers import show_count
from pipeline.site.pages import dictionary, methods, quality, query_help, runs
from pipeline.site.pages.query_help import WAYS
from pipeline.site.run_history import show_duration
from pipeline.site.table_comments import split_comment
from tests.site.conftest import Site, make_snapshot, parse_page

pytestmark = pytest.mark.slow

HOSTILE = "<script>alert(1)</script> is stated"
RULES = f"""
insert into meta.quality_result by name
select * from (values
    ('summary.signal', 'one row per key', 'contract', 'critical', 'passed', false, '0', 'a row twice is read twice',
        null, null, null, null, null, null, '20260101T000000Z-aaaaaa'),
    ('summary.signal', '{HOSTILE}', 'completeness', 'warning', 'passed', false, '0', 'whatever a rule is called',
        null, null, null, null, null, null, null),
    ('meta.delivery', 'no line is quarantined', 'quarantine', 'warning', 'failed', false, '4', 'it is in no count',
        4, 8, '0 rows', null, null, null, null),
    ('clean.trial_flow', 'enough completed', 'volume', 'critical', 'failed', true, '1', 'few complete',
        1, 3, 'at least 2', 'data manager', '2026-12-24', 'a known gap', null),
    ('events.case', 'ages are stated', 'completeness', 'critical', 'not_applicable', false, 'sample_volume', 'ages',
        null, null, null, null, null, null, null)
) as found (suite, rule, kind, severity, outcome, is_overridden, observed, why, failed_count, checked_count,
    limit_text, overridden_by, overridden_until, override_reason, carried_from)
"""
EARLIER = """
insert into meta.run values
    ('20260101T000000Z-aaaaaa', '2026-01-01T00:00:00.000000Z', '2026-01-01T00:01:02.400000Z', 'published',
        '20260101T000000Z-aaaaaa', 'published'),
    ('20260102T000000Z-bbbbbb', '2026-01-02T00:00:00.000000Z', '2026-01-02T02:10:00.000000Z', 'refused', null,
        'a rule <b>failed</b>'),
    ('20260103T000000Z-cccccc', '2026-01-03T00:00:00.000000Z', null, null, null, null)
"""
ROW = {"delivery_id": "2017Q2-x", "quarantined_line_count": "1"}


@pytest.fixture(scope="module")
def make_reference(small_database: Path, tmp_path_factory: pytest.TempPathFactory):
    """Make the pages about the data alone, after some changes of the database, with the facts of a manifest."""

    def make(*changes: str, made_from: dict[str, str]) -> Site:
        folder = tmp_path_factory.mktemp("reference")
        snapshot = make_snapshot(folder / "snapshot", small_database, *changes)
        manifest = {
            "parent": None,
            "made_from": made_from,
            "published_at": "2030-01-01T00:00:00.000000Z",
            "tables": {
                "summary.signal": {"row_count": 1234, "logical_hash": "0f0f"},
                'events."case"': {"row_count": 5678, "logical_hash": "0a0a"},
            },
            "inputs": [
                {"source": "faers", "files": [{"bytes": 1000}, {"bytes": 234}]},
                {"source": "clinicaltrials", "files": [{"bytes": 77}]},
            ],
        }
        (snapshot / MANIFEST).write_text(json.dumps(manifest))
        verdict = {
            "is_open": True,
            "judged_at": "2026-11-29T16:09:15+00:00",
            "results": [{"suite": "meta.delivery", "rule": "no line is quarantined", "rows": [ROW] * 7}],
        }
        (snapshot / VERDICT).write_text(json.dumps(verdict))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(build, "MAKERS", (quality, runs, methods, dictionary, query_help))
            build.build_site(snapshot, folder / "report")
        return Site(folder / "report", snapshot)

    return make


@pytest.fixture(scope="module")
def reference(make_reference) -> Site:
    """A judged snapshot, made by the code that is installed, after three earlier runs."""
    hashes = {"selects": code_facts._hash_selects(), "expectations": code_facts._hash_expectations()}
    return make_reference(RULES, EARLIER, made_from=hashes)


@pytest.fixture(scope="module")
def unjudged(make_reference) -> Site:
    """A snapshot without a rule or an earlier run, made by other code."""
    return make_reference("delete from meta.quality_result", "delete from meta.run", made_from={"selects": "other"})


def read_text(site: Site, page: str) -> str:
    return " ".join(" ".join(site.pages[page].texts).split())


def list_records(site: Site, page: str, table: str) -> list[dict[str, str]]:
    heading, *rows = site.pages[page].tables[table]
    return [dict(zip((text for text, _ in heading), (text for text, _ in row), strict=True)) for row in rows]


def test_verdict_counts_the_outcomes_of_the_database(reference: Site) -> None:
    text = read_text(reference, "quality.html")
    assert "Published: 5 rules ran, 2 failed, 1 of these overridden by a person, 1 waived as not applicable." in text
    found = reference.ask("select split_part(suite, '.', 1), count(*) from meta.quality_result group by all")
    layers = {row["Layer"].lower(): row["Rules"] for row in list_records(reference, "quality.html", "layers")}
    assert layers == {str(layer): str(count) for layer, count in found}


def test_outcome_that_was_carried_over_names_the_run_in_which_its_rule_ran(reference: Site) -> None:
    text = read_text(reference, "quality.html")
    assert "1 of these ran in an earlier run: nothing they depend on has changed since." in text
    ran = {
        row["Rule"]: row["Ran in the earlier run"]
        for row in list_records(reference, "quality-summary.html", "rules-summary")
    }
    assert ran["one row per key"] == "20260101T000000Z-aaaaaa"
    assert ran[HOSTILE] == "–"
    assert "Ran in the earlier run" not in reference.pages["quality-meta.html"].texts


def test_every_rule_is_on_the_page_of_its_layer(reference: Site) -> None:
    found = reference.ask("select suite, rule, outcome, severity, kind, why from meta.quality_result order by all")
    shown = []
    for layer in ("summary", "meta", "clean", "events"):
        for row in list_records(reference, f"quality-{layer}.html", f"rules-{layer}"):
            outcome = "failed" if row["Outcome"] == "Overridden" else row["Outcome"].lower().replace(" ", "_")
            kinds = (row["Severity"].lower(), row["Kind"].lower(), row["Why the rule exists"])
            shown.append((row["Table"], row["Rule"], outcome, *kinds))
    assert sorted(shown) == found


def test_failed_rule_shows_counts_limit_override_rows_and_what_is_made_from_its_table(reference: Site) -> None:
    """The flow of participants leads to withdrawals, so to what trials show, and to no count of reports."""
    rows = {row["Rule"]: row for row in list_records(reference, "quality.html", "failed")}
    counts = ("Rows that break it", "Rows checked", "Share", "Allowed")
    assert [rows["no line is quarantined"][name] for name in counts] == ["4", "8", "50.0 %", "0 rows"]
    assert [rows["enough completed"][name] for name in counts] == ["1", "3", "33.3 %", "at least 2"]
    assert all("published tables" in row["Published tables made from it"] for row in rows.values())
    text = read_text(reference, "quality.html")
    assert "Overridden by data manager, until 2026-12-24: a known gap." in text
    assert text.count("delivery_id 2017Q2-x, quarantined_line_count 1") == 5
    assert "And 2 more that the verdict lists." in text


def test_tables_made_from_one_are_those_that_read_it() -> None:
    affected = code_facts._find_affected()
    assert {"summary.signal", "summary.reported_by_drug_route"} <= set(affected["clean.faers_case"])
    assert not {table for table in affected["clean.faers_case"] if "observed" in table}
    assert "summary.observed_by_drug_route" in affected["clean.trial_event"]
    assert "summary.signal" not in affected["clean.trial_event"]
    assert affected["verify.attrition_closes"] == ()
    assert {"summary.signal", "summary.finding"} <= set(affected["meta.delivery"])


def test_reason_of_a_rule_that_is_not_applicable_is_said(reference: Site, unjudged: Site) -> None:
    why = "a share that is known of the real files may rightly be any in a sample, an excerpt or an invented world"
    assert list_records(reference, "quality.html", "not-applicable") == [{"Rules": "1", "Why not applicable": why}]
    assert "whether it was judged is not known from it" in read_text(unjudged, "quality.html")
    assert not [name for name in unjudged.pages if name.startswith("quality-")]


def test_what_other_code_made_is_not_stated(make_reference) -> None:
    site = make_reference(RULES, made_from={"selects": "other", "expectations": "other"})
    rows = list_records(site, "quality.html", "failed")
    assert {row["Published tables made from it"] for row in rows} == {"not known"}
    (reason,) = list_records(site, "quality.html", "not-applicable")
    assert reason["Why not applicable"] == "Sample volume"


def test_quarantine_lists_each_file_with_its_command(reference: Site) -> None:
    found = reference.ask(
        "select member, quarantined_line_count, 'nightvigil quarantine ' || delivery_id from meta.delivery_table "
        "where quarantined_line_count > 0 and delivery_id in (select delivery_id from meta.delivery where is_current)"
    )
    names = ("File", "Lines in quarantine", "Shows the lines and their reasons")
    rows = list_records(reference, "quality.html", "quarantine")
    assert sorted(tuple(row[name] for name in names) for row in rows) == sorted(
        (str(member), str(count), str(command)) for member, count, command in found
    )
    assert len(rows) >= 4


@pytest.mark.parametrize("source", ["faers", "clinicaltrials", "studies"])
def test_attrition_shows_every_step_of_the_database(reference: Site, source: str) -> None:
    found = reference.ask(
        "select step, rows_in, rows_left, rows_out, reason from summary.attrition "
        f"where source = '{source}' order by step_number"
    )
    names = ("What came into the step", "Rows in", "Rows left out", "Rows handed on", "Why rows leave here")
    rows = list_records(reference, "quality.html", f"attrition-{source}")
    assert [tuple(row[name] for name in names) for row in rows] == [
        (step, *map(show_count, numbers), reason) for step, *numbers, reason in found
    ]
    assert ("Cases in" in rows[0]) == (source == "faers")
    texts = reference.pages["quality.html"].texts
    for _, entered, left, *_ in found:
        assert f"{show_count(entered)}, less {show_count(left)}" in texts if left else show_count(entered) in texts


def test_bytes_received_are_those_of_the_manifest(reference: Site) -> None:
    text = read_text(reference, "quality.html")
    assert "1,234 bytes in 2 files were received." in text and "77 bytes in 1 file were received." in text
    filled, cells = reference.ask(
        "select count(*) filter (where case_count > 0), count(*) from summary.reported_by_drug_route"
    )[0]
    assert f"They fill {show_count(filled)} of {show_count(cells)} cells" in text


def test_runs_are_listed_newest_first_with_their_duration(reference: Site, unjudged: Site) -> None:
    rows = list_records(reference, "runs.html", "runs")
    own = str(reference.ask("select run_id from meta.snapshot")[0][0])
    assert [row["Snapshot"] for row in rows] == [own, "–", "–", "20260101T000000Z-aaaaaa"]
    assert [row["Took"] for row in rows[1:]] == ["–", "2 h 10 min", "1 min 2 s"]
    assert [row["Ended"] for row in rows] == ["Published", "No end recorded", "Refused", "Published"]
    assert rows[2]["What the run stated"] == "a rule <b>failed</b>"
    assert rows == list_records(reference, "quality.html", "nights")
    assert len(list_records(unjudged, "runs.html", "runs")) == 1
    assert "No run came before this one in its home" in read_text(unjudged, "runs.html")


def test_runs_show_rows_in_and_out(reference: Site) -> None:
    found = reference.ask("select delivery_id, physical_line_count, record_count from meta.delivery order by all")
    rows = list_records(reference, "runs.html", "deliveries")
    shown = sorted((row["Delivery"], row["Lines in"], row["Records out"]) for row in rows)
    assert shown == [(name, show_count(lines), show_count(records)) for name, lines, records in found]
    assert list_records(reference, "runs.html", "published") == [
        {"Published table": "summary.signal", "Rows": "1,234", "Hash of its content": "0f0f"}
    ]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "–"), (0.4, "0 s"), (59.6, "1 min 0 s"), (3599.4, "59 min 59 s"), (7805, "2 h 10 min")],
)
def test_duration_is_said_in_two_units_at_most(seconds: float | None, text: str) -> None:
    assert show_duration(seconds) == text


def test_every_column_is_described_once(reference: Site) -> None:
    found = reference.ask("select table_name, column_name, column_type, meaning from meta.column order by 1, 2")
    shown = [
        (key.removeprefix("columns-table-"), row["Column"], row["Type"], row["Meaning"])
        for name, page in reference.pages.items()
        for key in page.tables
        if key.startswith("columns-")
        for row in list_records(reference, name, key)
    ]
    expected = [(re.sub(r"[._]", "-", str(table)), *rest) for table, *rest in found]
    assert sorted(shown) == sorted(expected) and len(shown) > 2000


def test_every_table_has_a_part_with_grain_and_key_that_the_list_leads_to(reference: Site) -> None:
    ids = {f"{name}#{found.get('id')}" for name, page in reference.pages.items() for _, found in page.elements}
    links = {str(found.get("href")) for tag, found in reference.pages["dictionary.html"].elements if tag == "a"}
    assert {link for link in links if "#table-" in link} <= ids
    assert "dictionary-summary.html#table-summary-signal" in links
    text = read_text(reference, "dictionary-summary.html")
    assert "Key source, drug, route, reaction, definition, analysis, comparator, stratum" in text


def test_every_word_of_a_vocabulary_is_listed_and_its_columns_lead_there(reference: Site) -> None:
    found = reference.ask("select vocabulary, value, meaning from meta.vocabulary order by all")
    page = reference.pages["dictionary-vocabularies.html"]
    shown = [
        (key.removeprefix("words-"), row["Value"], row["Meaning"])
        for key in page.tables
        for row in list_records(reference, "dictionary-vocabularies.html", key)
    ]
    assert sorted(shown) == sorted(
        (str(name).replace("_", "-"), value or "(empty)", meaning) for name, value, meaning in found
    )
    links = [found["href"] for _, found in reference.pages["dictionary-summary.html"].elements if "href" in found]
    targets = {str(link).partition("#")[2] for link in links if str(link).startswith("dictionary-vocabularies.html#")}
    assert "words-route" in targets and targets <= set(page.tables)


def test_comment_is_split_into_meaning_fields_and_notes() -> None:
    fields = "grain one row\nper case\nkey a, b\nnot a person,\nnor a proof"
    comment = f"What it is,\non two lines.\n{fields}\nCells are cases.\nSo\nit is."
    assert split_comment(comment) == [
        ("", "What it is, on two lines."),
        ("Grain", "one row per case"),
        ("Key", "a, b"),
        ("Is not", "a person, nor a proof"),
        ("Notes", "Cells are cases. So it is."),
    ]
    assert split_comment(None) == []


def test_texts_of_rules_are_never_markup(reference: Site) -> None:
    assert HOSTILE in reference.pages["quality-summary.html"].texts
    scripts = [found for tag, found in reference.pages["quality-summary.html"].elements if tag == "script"]
    assert {found["src"] for found in scripts} <= {"static/tables.js", "static/explore.js"}


def test_questions_are_those_of_the_readme(reference: Site) -> None:
    """Written once for pages, once a line for the shell: whoever changes one changes the other."""
    readme = (PROJECT / "README.md").read_text()
    part = readme[readme.index("### Questions") :].partition("\n## ")[0].partition("\n### Commands")[0]
    lines = [line[4:] for line in part.splitlines() if line.startswith("    ")]
    expected = []
    for question in read_questions():
        expected.append(f"# {question.text}")
        expected += [f'.venv/bin/nightvigil sql "{" ".join(query.split())}"' for query in question.queries]
        expected += [command.replace("nightvigil", ".venv/bin/nightvigil", 1) for command in question.commands]
    assert lines == expected
    texts = reference.pages["query-help.html"].texts
    for question in read_questions():
        assert {question.text, *question.queries, *question.commands} <= set(texts)


def test_methods_state_the_facts_of_the_snapshot(reference: Site) -> None:
    text = read_text(reference, "methods.html")
    (cases,), (unknown, whole) = (
        *reference.ask("select count(*) from events.case where source = 'faers'"),
        *reference.ask(
            "select max(route_unknown_case_count), max(drug_route_case_count) from summary.reported_by_drug_route "
            "where source = 'faers' and drug = 'ketamine' and route = 'any'"
        ),
    )
    assert f"{show_count(cases)} (faers) current cases" in text
    assert f"{show_count(unknown)} of {show_count(whole)} (ketamine, faers)" in text
    assert str(reference.ask("select run_id from meta.snapshot")[0][0]) in text
    assert "These are reports, not rates." in text and "never added to reports" in text
    assert "title: Nightvigil" in text and "{" not in text


def test_methods_list_every_term_and_every_analysis(reference: Site) -> None:
    found = reference.ask("select preferred_term, lower(definition), why from codes.reaction order by all")
    rows = list_records(reference, "methods.html", "terms")
    names = ("MedDRA preferred term", "Definition", "Why it is in the group")
    shown = [tuple(row[name] for name in names) for row in rows]
    assert sorted((term, definition.lower(), why) for term, definition, why in shown) == found
    counted = reference.ask(
        "select value, (select count(*) from summary.signal where analysis = value) from meta.vocabulary "
        "where vocabulary = 'analysis'"
    )
    analyses = list_records(reference, "methods.html", "analyses")
    assert {(row["Analysis"], row["Rows of summary.signal"]) for row in analyses} == {
        (value, show_count(count)) for value, count in counted
    }


def test_checklist_of_the_methods_has_all_items_and_names_tables_of_the_snapshot(reference: Site) -> None:
    rows = list_records(reference, "methods.html", "readus-pv")
    with ITEMS.open(newline="", encoding="utf-8") as file:
        assert [row["Item"] for row in rows] == [row["item"] for row in csv.DictReader(file)]
    assert {row["Status"] for row in rows} == {"answered by this page", "assigned to the author", "missing"}
    text = " ".join(row["Answer, or facts to use"] for row in rows)
    assert "summary.attrition" in text and ".csv" not in text and "METHODS.md" not in text
    flagged, pairs = reference.ask(
        "select count(*) filter (where is_ic025), count(*) from summary.signal where route = 'any' and "
        "definition = 'narrow' and analysis = 'primary' and comparator = 'all_other_cases' and stratum = 'all'"
    )[0]
    assert f"{flagged} of {pairs} pairs of drug and reaction" in text


def test_rows_of_a_table_whose_name_needs_quotes_are_shown(reference: Site) -> None:
    (row,) = list_records(reference, "quality-events.html", "rules-events")
    assert (row["Table"], row["Rows of the table"]) == ("events.case", "5,678")
    assert "All tables · 5,678 rows" in read_text(reference, "dictionary-events.html")


@pytest.mark.parametrize("query", [query for question in read_questions() for query in question.queries])
def test_query_to_copy_runs_on_the_sample_world(built: duckdb.DuckDBPyConnection, query: str) -> None:
    assert "what_changed" in query or built.execute(query).fetchone()


def test_file_opens_in_python_as_the_page_says(
    small_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / DATABASE).symlink_to(small_database)
    monkeypatch.chdir(tmp_path)
    [code] = [way.code for way in WAYS if way.title == "Python"]
    found: dict[str, object] = {}
    exec(code, found)  # noqa: S102 - the text of our own page
    assert len(found["frame"]) == 10  # type: ignore[arg-type]
    found["connection"].close()  # type: ignore[attr-defined]


def test_pages_parse_and_lead_to_each_other(reference: Site) -> None:
    for name in reference.pages:
        for tag, found in parse_page(reference.folder / name).elements:
            path, _, part = str(found.get("href", "")).partition("#")
            if tag == "a" and path != "index.html":
                target = reference.pages[path or name]
                assert not part or part in {each.get("id") for _, each in target.elements}, (name, part)
