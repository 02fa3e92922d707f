"""What the tests of the structure rest on: which tables a text reads, and which it only mentions."""

from pathlib import Path

from pipeline.models import Model
from tests.table_reads import find_all_reads, find_reads, parse_reads


def test_tables_are_read_wherever_they_are_joined_and_not_where_they_are_mentioned() -> None:
    sql = """
    -- reads clean.mentioned
    with counted as (select count(*) as events from events.observed)
    select 'from clean.quoted' as text, (select max(a) from codes.inside) as inner_value
    from counted, summary.listed as summary
    left join "intermediate"."named" using (a)
    where exists (from clean.last where summary.b = 1)
    """
    assert parse_reads(sql) == {
        "events.observed",
        "codes.inside",
        "summary.listed",
        "intermediate.named",
        "clean.last",
    }


def test_read_of_the_other_wing_is_found_at_any_distance() -> None:
    reads = {
        "summary.signal": frozenset({"intermediate.step"}),
        "intermediate.step": frozenset({"events.case", "events.observed"}),
        "events.observed": frozenset({"clean.trial"}),
    }
    assert find_all_reads(reads)["summary.signal"] == {
        "intermediate.step",
        "events.case",
        "events.observed",
        "clean.trial",
    }


def test_model_reads_what_its_select_names() -> None:
    model = Model("events", "case", "select case_id from clean.faers_case", Path("case.sql"))
    assert find_reads(model) == {"clean.faers_case"}
