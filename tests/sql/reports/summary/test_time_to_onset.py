"""Days from the start of a drug by a route to the event, and the one reason of each case that has none."""

import numpy as np
import pytest

from pipeline.estimates import time_to_onset
from pipeline.estimates.time_to_onset import find_quantile
from pipeline.statistics.weibull import fit_weibull
from tests.sql.reports.conftest import Ask
from tests.sql.reports.database import Delivery
from tests.sql.reports.text_tables import make_quarter, normalise_table

pytestmark = pytest.mark.slow

BASES = (
    "dated", "no_start_date", "start_not_exact", "no_event_date", "event_not_exact", "event_after_receipt",
    "event_before_start",
)  # fmt: skip
COUNTS = ", ".join(f"{basis}_case_count" for basis in BASES)


def make_cases(period: str, drug: str, **tables: str) -> Delivery:
    """Reports of nausea; the rows of each table are written without their header, DEMO as case, event and receipt."""
    demo = "\n".join(
        f"{number}1 | {number} | 1 | {event} | {received}"
        for number, event, received in (
            map(str.strip, line.split("|")) for line in tables["demo"].strip().splitlines()
        )
    )
    numbers = [line.split("|")[0].strip() for line in tables["demo"].strip().splitlines()]
    return make_quarter(
        period,
        demo=f"primaryid | caseid | caseversion | event_dt | fda_dt\n{demo}",
        drug=f"primaryid | caseid | drug_seq | role_cod | drugname | prod_ai | route | dechal | rechal\n{drug}",
        ther=f"primaryid | caseid | dsg_drug_seq | start_dt\n{tables.get('ther', '')}".strip(),
        reac="primaryid | caseid | pt\n" + "\n".join(f"{number}1 | {number} | Nausea" for number in numbers),
    )


KETAMINE = "PS | KETALAR | KETAMINE | Intravenous drip | U | U"


def test_each_case_is_dated_or_has_the_first_reason_that_holds(ask: Ask) -> None:
    """Eight reports of nausea after intravenous ketamine: on the day itself, three days later, without a start, with
    a start by month, without an event date, with one by month, after receipt, and before the start."""
    events = ("20170301", "20170304", "20170301", "20170301", "", "201703", "20170501", "20170227")
    starts = ("20170301", "20170301", "", "201703", "20170301", "20170301", "20170301", "20170301")
    world = make_cases(
        "2017Q2",
        "\n".join(f"{number}1 | {number} | 1 | {KETAMINE}" for number in range(1, 9)),
        demo="\n".join(f"{number} | {event} | 20170405" for number, event in enumerate(events, start=1)),
        ther="\n".join(f"{number}1 | {number} | 1 | {start}" for number, start in enumerate(starts, start=1)),
    )
    query = f"""
        select case_count, {COUNTS}, dated_share, day_0_case_count, day_0_share, lower_quartile_days, median_days,
            upper_quartile_days, reason_code
        from summary.time_to_onset
        where drug = 'ketamine' and route = 'intravenous' and reaction = 'nausea' and definition = 'narrow'
    """
    assert ask(query, world) == normalise_table(
        "8 | 2 | 1 | 1 | 1 | 1 | 1 | 1 | 0.25 | 1 | 0.5 | 0.75 | 1.5 | 2.25 | too_few_dated"
    )


def test_start_by_another_route_is_not_used(ask: Ask) -> None:
    """Ketamine intravenously from 1 March and by mouth from 10 March, nausea on 11 March; in any the first start
    counts. The start of aspirin is nobody's."""
    world = make_cases(
        "2017Q2",
        f"""11 | 1 | 1 | {KETAMINE}
            11 | 1 | 2 | SS | KETALAR | KETAMINE | Oral | Y | N
            11 | 1 | 3 | SS | ASPIRIN | ASPIRIN | Oral | N | Y""",
        demo="1 | 20170311 | 20170405",
        ther="11 | 1 | 1 | 20170301\n11 | 1 | 2 | 20170310\n11 | 1 | 3 | 20170101",
    )
    query = """
        select route, dated_case_count, median_days, several_starts_case_count, dechallenge_positive_case_count,
            dechallenge_not_stated_case_count, rechallenge_negative_case_count
        from summary.time_to_onset where drug = 'ketamine' and reaction = 'nausea' and definition = 'narrow'
    """
    assert ask(query, world) == normalise_table("""
        any | 1 | 10.0 | 1 | 1 | 0 | 1
        intravenous | 1 | 10.0 | 0 | 0 | 1 | 0
        oral | 1 | 1.0 | 0 | 1 | 0 | 1
    """)


@pytest.mark.parametrize(
    ("starts", "basis", "days"),
    [
        (("20170310", "20170301"), "dated", "10"),
        (("20170310", "201703"), "start_not_exact", ""),
        (("20170310", "201704"), "dated", "1"),
        (("20170310", "2017"), "start_not_exact", ""),
        (("20170310", "20171399"), "start_not_exact", ""),
        (("20170310", ""), "dated", "1"),
    ],
)
def test_first_of_several_starts_is_used_where_it_is_known_to_the_day(
    ask: Ask, starts: tuple[str, str], basis: str, days: str
) -> None:
    """Two courses of ketamine, the second start exact, by month or year, unreadable or blank; nausea on 11 March.

    A month may hold an earlier start than the exact one, and then the first start is not known."""
    world = make_cases(
        "2017Q2",
        f"11 | 1 | 1 | {KETAMINE}",
        demo="1 | 20170311 | 20170405",
        ther="\n".join(f"11 | 1 | 1 | {start}" for start in starts),
    )
    query = "select onset_basis, onset_days from intermediate.case_onset where route = 'any' and drug = 'ketamine'"
    assert ask(query, world) == f"{basis} | {days}"


def test_first_of_a_month_before_2013_is_a_month(ask: Ask) -> None:
    """Dates of 2010: partial dates were completed to day 01 then. A start on 1 March is no day, one on 2 March is;
    the same for the event."""
    world = make_cases(
        "2010Q2",
        """11 | - | 900 | PS | KETALAR | - | INTRAVENOUS DRIP | U | U
           21 | - | 901 | PS | KETALAR | - | INTRAVENOUS DRIP | U | U
           31 | - | 902 | PS | KETALAR | - | INTRAVENOUS DRIP | U | U""",
        demo="1 | 20100305 | 20100405\n2 | 20100305 | 20100405\n3 | 20100401 | 20100405",
        ther="11 | - | 900 | 20100301\n21 | - | 901 | 20100302\n31 | - | 902 | 20100302",
    )
    query = "select case_id, onset_basis, onset_days from intermediate.case_onset where route = 'intravenous'"
    assert ask(query + " and drug = 'ketamine'", world) == normalise_table("""
        1 | start_not_exact |
        2 | dated | 3
        3 | event_not_exact |
    """)


def test_lines_that_contradict_each_other_are_counted_as_such(ask: Ask) -> None:
    """One infusion after which nausea abated, one after which it did not: neither answer is chosen."""
    world = make_cases(
        "2017Q2",
        """11 | 1 | 1 | PS | KETALAR | KETAMINE | Intravenous drip | Y | Y
           11 | 1 | 2 | SS | KETALAR | KETAMINE | Intravenous bolus | N | D""",
        demo="1 | 20170311 | 20170405",
    )
    query = "select dechallenge, rechallenge, onset_basis from intermediate.case_onset where route = 'intravenous'"
    assert ask(query + " and drug = 'ketamine'", world) == "contradictory | positive | no_start_date"


def fetch_weibull(days: list[int]) -> tuple[object, ...]:
    """What the estimate publishes of a cell whose dated cases have these days."""
    cell = dict.fromkeys(time_to_onset.COUNTS, 0) | {"case_count": len(days), "dated_case_count": len(days)}
    cell["day_0_case_count"] = days.count(0)
    onset, counts = np.unique(days, return_counts=True)
    row = time_to_onset._describe(cell, np.column_stack([onset, counts]).astype(float))
    return row["weibull_shape"], row["weibull_scale"], row["reason_code"]


def test_weibull_is_null_with_its_reason() -> None:
    """29 dated cases; 30 with seven on day 0; 30 on one day; 30 of which six, exactly a fifth, are on day 0."""
    assert fetch_weibull([*range(1, 30)]) == (None, None, "too_few_dated")
    assert fetch_weibull([0] * 7 + [*range(1, 24)]) == (None, None, "day_0_over_a_fifth")
    assert fetch_weibull([4] * 30) == (None, None, "no_spread")
    days = [0] * 6 + [*range(1, 25)]
    whole = fit_weibull(*np.array([(day, day + 1, 1) for day in days]).T)
    assert whole is not None
    assert fetch_weibull(days) == (pytest.approx(whole.shape), pytest.approx(whole.scale), None)


def test_quantiles_are_those_of_the_whole_list() -> None:
    """Counts of days give the quartiles that numpy finds in the list of all cases."""
    draw = np.random.default_rng(5)
    for size in (1, 2, 3, 4, 17, 100):
        days = np.sort(draw.integers(0, 9, size))
        values, counts = np.unique(days, return_counts=True)
        for share in (0.25, 0.5, 0.75):
            found = find_quantile(values.astype(float), counts.astype(float), share)
            assert found == pytest.approx(float(np.quantile(days, share)))
