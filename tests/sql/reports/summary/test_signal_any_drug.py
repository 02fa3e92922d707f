"""Every pair of ingredient and term: the tables compared with an independent recount."""

from dataclasses import replace
from typing import Any

import duckdb
import pytest

from pipeline.models import Model
from tests.repetitions import choose_count
from tests.sql.reports.database import fetch, load_deliveries, load_report_models, open_database
from tests.sql.reports.random_worlds import draw_world
from tests.sql.reports.recount_pairs import count_margins, count_pairs, describe_cases, measure

pytestmark = pytest.mark.slow


def compare_world(
    connection: duckdb.DuckDBPyConnection, seed: int, ordered: list[Any] | None = None
) -> tuple[int, int]:
    """Compare pairs, margins, cells, expected counts and ratios of one world; return how many pairs, and absent
    ratios."""
    world = draw_world(seed)
    load_deliveries(connection, world, ordered=ordered)
    cases = describe_cases(world)
    pairs = fetch(connection, "select ingredient, lower(preferred_term), case_count from intermediate.pair")
    assert sorted(pairs) == sorted((*pair, count) for pair, count in count_pairs(cases).items()), f"world {seed}"
    margins = fetch(
        connection,
        "select margin, lower(name), upper(name), patient_stratum, case_count from intermediate.pair_margin",
    )
    found = sorted(
        (margin, upper if margin == "ingredient" else lower, stratum, count)
        for margin, lower, upper, stratum, count in margins
    )
    assert found == sorted((*key, count) for key, count in count_margins(cases).items()), f"world {seed}"
    expected = measure(cases)
    names = list(next(iter(expected.values()), {}))
    rows = fetch(
        connection,
        f"select ingredient, lower(preferred_term), {', '.join(names) or 'null'} from summary.signal_any_drug",
    )
    assert len(rows) == len(expected)
    for ingredient, term, *values in rows:
        for name, value in zip(names, values, strict=True):
            right = expected[ingredient, term][name]
            assert value == (right if right is None else pytest.approx(right, rel=1e-9)), (
                seed,
                ingredient,
                term,
                name,
            )
    return len(rows), sum(value is None for _, _, *values in rows for value in values)


def test_pairs_agree_with_the_recount_in_six_worlds() -> None:
    """Cells, expected counts over strata and ratios of every pair, from the raw rows on."""
    connection = open_database()
    pairs, absent = map(sum, zip(*(compare_world(connection, seed) for seed in range(6)), strict=True))
    print(f"\n{pairs} pairs in six worlds, {absent} ratios that cannot be estimated")
    assert pairs > 30
    assert absent > 0


@pytest.mark.proof
@pytest.mark.timeout(2400)
def test_pairs_agree_with_the_recount_in_many_worlds() -> None:
    connection, worlds = open_database(), choose_count(20, 200)
    assert sum(compare_world(connection, seed)[0] for seed in range(2000, 2000 + worlds)) > 6 * worlds


FAULTS = {
    "concomitants are suspects": ("intermediate.pair", "where is_suspect and", "where"),
    "drug lines counted instead of cases": (
        "intermediate.pair",
        "select distinct source, case_id, ingredient",
        "select source, case_id, ingredient",
    ),
    "an uncoded name is an ingredient": ("intermediate.pair_margin", "and ingredient <> 'not coded'", ""),
    "what is not stated has no stratum": (
        "intermediate.pair_margin",
        "from intermediate.case_stratum\n",
        "from intermediate.case_stratum where patient_stratum not like '%not stated%'\n",
    ),
    "years used as quarters": (
        "intermediate.case_stratum",
        "regexp_replace(cases.first_received_quarter, 'Q.$', '')",
        "cases.first_received_quarter",
    ),
}


@pytest.mark.parametrize(("name", "right", "wrong"), FAULTS.values(), ids=FAULTS)
def test_planted_fault_in_pair_counts_is_caught(name: str, right: str, wrong: str) -> None:
    """Within a few dozen worlds the recount and the faulty SQL differ."""
    ordered = load_report_models()
    (place,) = (place for place, model in enumerate(ordered) if model.table == name)
    sound = ordered[place]
    assert isinstance(sound, Model)
    assert right in sound.sql, f"{name} no longer says: {right}"
    ordered[place] = replace(sound, sql=sound.sql.replace(right, wrong))
    connection = open_database()
    for seed in range(40):
        try:
            compare_world(connection, seed, ordered)
        except (AssertionError, KeyError, ValueError):
            return
    raise AssertionError("forty worlds did not reveal this fault")


def test_too_few_pairs_for_a_prior_leave_ebgm_null_with_a_reason() -> None:
    """A dozen reports fit no prior: measures of the four cells are given, EBGM is absent with its reason."""
    connection = open_database()
    load_deliveries(connection, draw_world(3))
    ((converged, reason, seen),) = fetch(
        connection, "select converged, reason, seen_pair_count from summary.signal_prior"
    )
    assert not converged
    assert reason
    rows = fetch(connection, "select ebgm, eb05, eb95, is_eb05_2, ic, reason from summary.signal_any_drug")
    assert len(rows) == seen
    for ebgm, eb05, eb95, flag, ic, row_reason in rows:
        assert (ebgm, eb05, eb95, flag) == (None, None, None, None)
        assert ic is not None
        assert row_reason.endswith(f"no prior: {reason}")


def test_signal_tables_are_empty_when_nothing_was_received() -> None:
    """Without a report there is no universe, so nothing to measure and no control to evaluate."""
    connection = open_database()
    load_deliveries(connection, [])
    for table in ("signal_prior", "signal_any_drug", "signal_control"):
        assert fetch(connection, f"select * from summary.{table}") == []
