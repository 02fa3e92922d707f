"""The SQL compared with an independent recount in plain Python, on hundreds of small random worlds."""

from collections import Counter

import pytest

from tests.repetitions import choose_count
from tests.sql.reports.database import fetch, load_deliveries, load_report_models, open_database
from tests.sql.reports.query_results import SITUATIONS, find_situations, read_results
from tests.sql.reports.random_worlds import draw_world
from tests.sql.reports.recount import recount

pytestmark = pytest.mark.slow

WORLDS = choose_count(24, 240)
VERIFY_QUERIES = [model for model in load_report_models() if model.layer == "verify"]


def compare_worlds(seeds: range) -> Counter[str]:
    """Build each world and compare every result with the recount; return in how many worlds each situation occurs."""
    coverage: Counter[str] = Counter()
    connection = open_database()
    for seed in seeds:
        world = draw_world(seed)
        load_deliveries(connection, world)
        expected, found = recount(world), read_results(connection)
        for result, rows in expected.items():
            assert found[result] == rows, f"world {seed}: the SQL and the recount differ in {result}"
        for query in VERIFY_QUERIES:
            offenders = fetch(connection, f"select * from {query.table}")
            assert offenders == [], f"world {seed}: {query.table} is not empty"
        coverage.update(find_situations(world, expected))
    return coverage


def print_coverage(coverage: Counter[str], worlds: int) -> None:
    print(f"\nSQL = recount in {worlds} worlds, all tables. Worlds that hold:")
    for situation, count in sorted(coverage.items()):
        print(f"  {situation:<34}{count:>5}")


def test_tables_agree_with_the_recount_in_six_worlds() -> None:
    """Six worlds, quickly; many follow in the slow tests."""
    coverage = compare_worlds(range(6))
    print_coverage(coverage, 6)
    assert {"versions 9 and 10", "both eras of one case", "deletion", "return"} <= set(coverage)


@pytest.mark.proof
@pytest.mark.timeout(2400)
def test_tables_agree_with_the_recount_in_many_worlds() -> None:
    """Every situation of the contract occurs in at least one world of fifty; the first of them hold all."""
    coverage = compare_worlds(range(1020, 1020 + WORLDS))
    print_coverage(coverage, WORLDS)
    assert len(coverage) == SITUATIONS, f"a situation never occurs: {sorted(coverage)}"
    assert min(coverage.values()) >= WORLDS // 50, coverage
