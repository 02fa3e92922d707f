"""The order of quarters, their repetition, their file names and the number of runs do not change the tables.

Files of small random worlds are landed and built by the pipeline; at the end the tables must equal the plain recount
of what was received last for each quarter.
"""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import deliveries, warehouse
from pipeline.landing.inbox import find_offers
from pipeline.landing.receipts import read_receipts
from pipeline.resources import SQL
from pipeline.sample.code_lists import start_sequential_test
from pipeline.sample.reports import find_headers
from pipeline.settings import Settings
from pipeline.sources import load_sources
from tests.landing.quarters import write_zip
from tests.repetitions import choose_count
from tests.sql.reports.database import Delivery
from tests.sql.reports.expected_codes import SEQUENTIAL_START
from tests.sql.reports.query_results import read_results
from tests.sql.reports.random_worlds import draw_world
from tests.sql.reports.recount import recount

pytestmark = pytest.mark.slow

LEGACY = {"isr": "primaryid", "case": "caseid", "gndr_cod": "sex", "i_f_cod": "i_f_code"}
SEQUENCE = {"ther": "dsg_drug_seq", "indi": "indi_drug_seq"}


def write_members(delivery: Delivery) -> dict[str, bytes]:
    """The files of a quarter as the agency would send them, by member name."""
    code, members = f"{delivery.period[2:4]}{delivery.period[4:]}", {}
    for table, header in find_headers(delivery.period).items():
        columns = [LEGACY.get(name, name) for name in header.lower().split("$")]
        if delivery.era == "laers":
            columns = [SEQUENCE.get(table, name) if name == "drug_seq" else name for name in columns]
        rows = ["$".join(row.get(column) or "" for column in columns) for row in delivery.rows(table)]
        members[f"ascii/{table.upper()}{code}.txt"] = "\r\n".join([header, *rows, ""]).encode()
    listed = [row["caseid"] for row in delivery.rows("deleted")]
    if listed:
        members[f"deleted/DELETE{code}.txt"] = "\r\n".join(["caseid", *listed, ""]).encode()
    return members


@st.composite
def draw_schedules(draw: st.DrawFn) -> tuple[int, list[int], set[int], list[int]]:
    """The seed of a world, the quarters in order of arrival (each at least once), after which of them the warehouse
    is built, and the file names."""
    seed = draw(st.integers(0, 10_000))
    count = len(draw_world(seed))
    arrivals = draw(st.permutations(range(count))) + draw(st.lists(st.integers(0, count - 1), max_size=3))
    builds = draw(st.sets(st.integers(0, len(arrivals) - 1), max_size=1))
    return (
        seed,
        list(arrivals),
        builds,
        draw(st.lists(st.integers(0, 3), min_size=len(arrivals), max_size=len(arrivals))),
    )


def land_and_compare(schedule: tuple[int, list[int], set[int], list[int]], home: Path) -> None:
    """Land the quarters as scheduled, then compare the tables with the recount."""
    seed, arrivals, builds, names = schedule
    world, home_settings = draw_world(seed), Settings(home=home, sql_dir=copy_sql(home / "sql"))
    for step, index in enumerate(arrivals):
        name = f"received_{names[step]}.zip"
        write_zip(home_settings.inbox / "faers" / name, write_members(world[index]))
        for offer in find_offers(home_settings):
            deliveries.land(home_settings, offer)
        if step in builds:
            build_warehouse(home_settings)
    last = {world[index].period: index for index in arrivals}
    for index, delivery in enumerate(world):
        delivery.is_current = last[delivery.period] == index
    with duckdb.connect(str(build_warehouse(home_settings)), read_only=True) as connection:
        expected, found = recount(world), read_results(connection)
    for result, rows in expected.items():
        assert found[result] == rows, result


def copy_sql(folder: Path) -> Path:
    """A copy of `sql/` whose sequential plan starts where the recount does."""
    shutil.copytree(SQL, folder)
    start_sequential_test(folder, SEQUENTIAL_START, "the first modern quarter of the random worlds")
    return folder


def build_warehouse(home_settings: Settings) -> Path:
    target = home_settings.home / "candidate.duckdb"
    return warehouse.build(
        home_settings, read_receipts(home_settings), {"run_id": "a run"}, target, sources=load_sources()
    )


@given(draw_schedules())
@settings(max_examples=1, deadline=None, derandomize=True)
def test_order_repetition_and_batches_of_deliveries_do_not_change_tables(
    schedule: tuple[int, list[int], set[int], list[int]],
) -> None:
    """One schedule, the same at every execution."""
    with TemporaryDirectory() as folder:
        land_and_compare(schedule, Path(folder))


@pytest.mark.proof
@pytest.mark.timeout(1800)
@given(draw_schedules())
@settings(max_examples=choose_count(6, 40), deadline=None, print_blob=True)
def test_random_schedules_of_deliveries_do_not_change_tables(
    schedule: tuple[int, list[int], set[int], list[int]],
) -> None:
    """Other schedules at every execution; a failing one is printed."""
    with TemporaryDirectory() as folder:
        land_and_compare(schedule, Path(folder))
