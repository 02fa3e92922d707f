"""The SQL against a dull recount in plain Python, on hundreds of small random worlds."""

from collections import Counter

import pytest

from tests.sql.reports.database import fetch, load_deliveries, load_report_models, open_database
from tests.sql.reports.query_results import SITUATIONS, cover, read_results
from tests.sql.reports.random_worlds import draw_world
from tests.sql.reports.recount import recount

TRUTHS = [model for model in load_report_models() if model.layer == "verify"]


def compare_worlds(seeds: range) -> Counter[str]:
    """Build each world and compare every answer with the recount; returns in how many worlds a situation occurs."""
    coverage: Counter[str] = Counter()
    connection = open_database()
    for seed in seeds:
        world = draw_world(seed)
        load_deliveries(connection, world)
        expected, told = recount(world), read_results(connection)
        for answer, rows in expected.items():
            assert told[answer] == rows, f"world {seed}: the SQL and the recount differ in {answer}"
        for truth in TRUTHS:
            offenders = fetch(connection, f"select * from {truth.table}")
            assert offenders == [], f"world {seed}: {truth.table} is not empty"
        coverage.update(cover(world, expected))
    return coverage


def report(coverage: Counter[str], worlds: int) -> None:
    print(f"\nSQL = recount in {worlds} worlds, all tables. Worlds that hold:")
    for situation, count in sorted(coverage.items()):
        print(f"  {situation:<34}{count:>5}")


def test_small_worlds_agree() -> None:
    """Ten worlds, quickly; the two hundred of the evidence follow."""
    coverage = compare_worlds(range(10))
    report(coverage, 10)
    assert {"versions 9 and 10", "both eras of one case", "deletion", "return"} <= set(coverage)


@pytest.mark.evidence
@pytest.mark.timeout(1200)
def test_two_hundred_worlds_agree() -> None:
    """Two hundred and forty worlds, in which every situation of the contract occurs in at least five."""
    coverage = compare_worlds(range(1000, 1240))
    report(coverage, 240)
    assert len(coverage) == SITUATIONS, f"a situation never occurs: {sorted(coverage)}"
    assert min(coverage.values()) >= 5, coverage
