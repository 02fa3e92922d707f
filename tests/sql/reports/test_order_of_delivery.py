"""In which order quarters arrive, how often, under which name and in how many nights: the tables stay the same.

Files of small random worlds go through the real door and the real build; at the end the tables must equal the plain
recount of what was received last for each quarter.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import deliveries, warehouse
from pipeline.landing.inbox import find_offers
from pipeline.landing.receipts import read_receipts
from pipeline.sample.reports import headers_of
from pipeline.settings import Settings
from tests.landing.quarters import write_zip
from tests.sql.reports.database import Delivery
from tests.sql.reports.query_results import read_results
from tests.sql.reports.random_worlds import draw_world
from tests.sql.reports.recount import recount

LEGACY = {"isr": "primaryid", "case": "caseid", "gndr_cod": "sex", "i_f_cod": "i_f_code"}
SEQUENCE = {"ther": "dsg_drug_seq", "indi": "indi_drug_seq"}


def write_members(delivery: Delivery) -> dict[str, bytes]:
    """The files of a quarter as the agency would send them, by member name."""
    code, members = f"{delivery.period[2:4]}{delivery.period[4:]}", {}
    for table, header in headers_of(delivery.period).items():
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
def schedules(draw: st.DrawFn) -> tuple[int, list[int], set[int], list[int]]:
    """A world, what is dropped when (each quarter at least once), after which drops a night runs, and names."""
    seed = draw(st.integers(0, 10_000))
    count = len(draw_world(seed))
    drops = draw(st.permutations(range(count))) + draw(st.lists(st.integers(0, count - 1), max_size=3))
    nights = draw(st.sets(st.integers(0, len(drops) - 1), max_size=1))
    return seed, list(drops), nights, draw(st.lists(st.integers(0, 3), min_size=len(drops), max_size=len(drops)))


def receive(schedule: tuple[int, list[int], set[int], list[int]], home: Path) -> None:
    """Play a schedule, then compare the tables with the recount."""
    seed, drops, nights, names = schedule
    world, settings = draw_world(seed), Settings(home=home)
    for step, index in enumerate(drops):
        name = f"received_{names[step]}.zip"
        write_zip(settings.inbox / "faers" / name, write_members(world[index]))
        for offer in find_offers(settings):
            deliveries.land(settings, offer)
        if step in nights:
            build(settings)
    last = {world[index].period: index for index in drops}
    for index, delivery in enumerate(world):
        delivery.is_current = last[delivery.period] == index
    with duckdb.connect(str(build(settings)), read_only=True) as connection:
        expected, told = recount(world), read_results(connection)
    for answer, rows in expected.items():
        assert told[answer] == rows, answer


def build(settings: Settings) -> Path:
    target = settings.home / "candidate.duckdb"
    return warehouse.build(
        settings, read_receipts(settings), {"run_id": "a night"}, target, raw_columns=deliveries.RAW_COLUMNS
    )


@given(schedules())
@settings(max_examples=2, deadline=None, derandomize=True)
def test_order_repetition_and_batches_change_nothing(schedule: tuple[int, list[int], set[int], list[int]]) -> None:
    """Two schedules, the same ones every time."""
    with TemporaryDirectory() as folder:
        receive(schedule, Path(folder))


@pytest.mark.evidence
@pytest.mark.timeout(1800)
@given(schedules())
@settings(max_examples=40, deadline=None, print_blob=True)
def test_forty_schedules_change_nothing(schedule: tuple[int, list[int], set[int], list[int]]) -> None:
    """Forty schedules, others every time; a failing one is printed."""
    with TemporaryDirectory() as folder:
        receive(schedule, Path(folder))
