"""Every pair of ingredient and term: the tables against a recount that knows nothing of them."""

from dataclasses import replace
from typing import Any

import duckdb
import pytest

from pipeline.models import Model
from tests.sql.reports.database import fetch, load_deliveries, load_report_models, open_database
from tests.sql.reports.random_worlds import draw_world
from tests.sql.reports.recount_pairs import count_margins, count_pairs, measure, tell_cases


def compare(connection: duckdb.DuckDBPyConnection, seed: int, ordered: list[Any] | None = None) -> tuple[int, int]:
    """One world: pairs, margins, cells, expected counts and ratios; returns pairs, and ratios that are absent."""
    world = draw_world(seed)
    load_deliveries(connection, world, ordered=ordered)
    cases = tell_cases(world)
    pairs = fetch(connection, "select ingredient, lower(preferred_term), case_count from intermediate.pair")
    assert sorted(pairs) == sorted((*pair, count) for pair, count in count_pairs(cases).items()), f"world {seed}"
    margins = fetch(
        connection,
        "select margin, lower(name), upper(name), patient_stratum, case_count from intermediate.pair_margin",
    )
    told = sorted(
        (margin, upper if margin == "ingredient" else lower, stratum, count)
        for margin, lower, upper, stratum, count in margins
    )
    assert told == sorted((*key, count) for key, count in count_margins(cases).items()), f"world {seed}"
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


def test_six_worlds_agree() -> None:
    """Cells, expected counts over strata and ratios of every pair, from the raw rows on."""
    connection = open_database()
    pairs, absent = map(sum, zip(*(compare(connection, seed) for seed in range(6)), strict=True))
    print(f"\n{pairs} pairs in six worlds, {absent} ratios that cannot be estimated")
    assert pairs > 30
    assert absent > 0


@pytest.mark.evidence
@pytest.mark.timeout(1200)
def test_two_hundred_worlds_of_pairs_agree() -> None:
    connection = open_database()
    assert sum(compare(connection, seed)[0] for seed in range(2000, 2200)) > 1200


FAULTS = {
    "concomitants are suspects": ("intermediate.pair", "where is_suspect and", "where"),
    "drug lines counted instead of cases": (
        "intermediate.pair",
        "select distinct source, case_id, ingredient",
        "select source, case_id, ingredient",
    ),
    "what nobody coded is an ingredient": ("intermediate.pair_margin", "and ingredient <> 'not coded'", ""),
    "what is not stated has no stratum": (
        "intermediate.pair_margin",
        "from intermediate.case_stratum\n",
        "from intermediate.case_stratum where patient_stratum not like '%not stated%'\n",
    ),
    "years taken for quarters": (
        "intermediate.case_stratum",
        "regexp_replace(cases.first_received_quarter, 'Q.$', '')",
        "cases.first_received_quarter",
    ),
}


@pytest.mark.parametrize(("name", "right", "wrong"), FAULTS.values(), ids=FAULTS)
def test_a_fault_sown_into_the_counting_is_caught(name: str, right: str, wrong: str) -> None:
    """Within a few dozen worlds the recount and the faulty SQL part ways."""
    ordered = load_report_models()
    (place,) = (place for place, model in enumerate(ordered) if model.table == name)
    sound = ordered[place]
    assert isinstance(sound, Model)
    assert right in sound.sql, f"{name} no longer says: {right}"
    ordered[place] = replace(sound, sql=sound.sql.replace(right, wrong))
    connection = open_database()
    for seed in range(40):
        try:
            compare(connection, seed, ordered)
        except (AssertionError, KeyError, ValueError):
            return
    raise AssertionError("forty worlds did not tell this fault from the truth")


def test_a_world_too_small_for_a_prior_says_so() -> None:
    """A dozen reports teach no prior: measures of the four cells stand, EBGM is absent with its reason."""
    connection = open_database()
    load_deliveries(connection, draw_world(3))
    ((converged, reason, seen),) = fetch(
        connection, "select converged, reason, seen_pair_count from summary.signal_prior"
    )
    assert not converged
    assert reason
    rows = fetch(connection, "select ebgm, eb05, eb95, is_eb05_2, ic, reason from summary.signal_any_drug")
    assert len(rows) == seen
    for ebgm, eb05, eb95, flag, ic, told in rows:
        assert (ebgm, eb05, eb95, flag) == (None, None, None, False)
        assert ic is not None
        assert told.endswith(f"no prior: {reason}")


def test_nothing_received_is_no_row() -> None:
    """Where no report ever came there is no universe, so nothing to measure and no control to ask."""
    connection = open_database()
    load_deliveries(connection, [])
    for table in ("signal_prior", "signal_any_drug", "signal_control"):
        assert fetch(connection, f"select * from summary.{table}") == []
