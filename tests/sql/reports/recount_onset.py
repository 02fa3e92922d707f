"""The recount of times from the start of a drug to the event, written a second time from the contract.

It reads the rows as landed and imports nothing of `pipeline`.
"""

from collections import Counter
from datetime import date, datetime
from statistics import quantiles
from typing import Any

from tests.sql.reports.expected_codes import REACTIONS, ROUTES

BASES = (
    "dated", "no_start_date", "start_not_exact", "no_event_date", "event_not_exact", "event_after_receipt",
    "event_before_start",
)  # fmt: skip
ANSWERS = ("positive", "negative", "contradictory", "not stated")


def select_lines(case: dict[str, Any], drug: str, route: str, suspect: Any) -> list[dict[str, Any]]:
    """The suspect lines that put a case into the count of a drug and route; a line for each route that it states."""
    lines = [line for line in case["drugs"] if line["role_cod"] in suspect and drug in line["watched"]]
    if route == "not_intravenous":
        return [line for line in lines if ROUTES[line["route"].upper()] != "unknown"]
    if route in ("any", "unknown"):
        return lines
    return [line for line in lines if ROUTES[line["route"].upper()] == route]


def count_onset(cases: dict[str, Any], exposed: set[Any], reported: set[Any], suspect: Any) -> dict[Any, Any]:
    """By drug, route, reaction and definition: cases, each reason, days of the dated, dechallenge and rechallenge."""
    onset = {
        (number, drug, route): _judge(cases[number], select_lines(cases[number], drug, route, suspect))
        for number, drug, route in exposed
    }
    counts = {}
    for drug, route in {(drug, route) for _, drug, route in exposed}:
        for reaction in REACTIONS:
            for definition in ("narrow", "broad"):
                found = [
                    onset[number, drug, route]
                    for number in cases
                    if (number, drug, route, reaction, definition) in reported
                ]
                counts[drug, route, reaction, definition] = _tally(found)
    return counts


def _tally(found: list[tuple[Any, ...]]) -> tuple[Any, ...]:
    bases = Counter(basis for basis, *_ in found)
    days = sorted(day for _, day, *_ in found if day is not None)
    if len(days) > 1:
        quartiles = tuple(round(value, 9) for value in quantiles(days, n=4, method="inclusive"))
    else:
        quartiles = tuple(map(float, days * 3)) or (None, None, None)
    several = sum(starts > 1 for basis, _, starts, *_ in found if basis == "dated")
    challenges = [Counter(row[place] for row in found)[answer] for place in (3, 4) for answer in ANSWERS]
    return (len(found), *(bases[basis] for basis in BASES), days.count(0), several, *quartiles, *challenges)


def _judge(case: dict[str, Any], lines: list[dict[str, Any]]) -> tuple[Any, ...]:
    """The basis, the days, how many exact starts there are, and both challenges."""
    wanted = {line["drug_seq"] for line in lines}
    texts = [row["start_dt"] for row in case["starts"] if row["sequence"] in wanted and row["start_dt"]]
    spans = [_read(text) for text in texts]
    exact = {first for first, is_day in filter(None, spans) if is_day}
    vague = [first for first, is_day in filter(None, spans) if not is_day]
    event = _read(case["event"]) if case["event"] else None
    received = date(int(case["received"][:4]), int(case["received"][4:6]), int(case["received"][6:]))
    challenges = tuple(_challenge({line[field] for line in lines}) for field in ("dechal", "rechal"))
    if not texts:
        basis = "no_start_date"
    elif not exact or None in spans or any(first < min(exact) for first in vague):
        basis = "start_not_exact"
    elif not case["event"]:
        basis = "no_event_date"
    elif event is None or not event[1]:
        basis = "event_not_exact"
    elif event[0] > received:
        basis = "event_after_receipt"
    elif event[0] < min(exact):
        basis = "event_before_start"
    else:
        return ("dated", (event[0] - min(exact)).days, len(exact), *challenges)
    return (basis, None, len(exact), *challenges)


def _read(text: str) -> tuple[date, bool] | None:
    """The first day a date may mean, and whether it means that day alone; None where it is no date."""
    form = {4: "%Y", 6: "%Y%m", 8: "%Y%m%d"}.get(len(text))
    try:
        first = datetime.strptime(text, form or "").date()
    except ValueError:
        return None
    return first, len(text) == 8 and not (first.year < 2013 and first.day == 1)


def _challenge(codes: set[str]) -> str:
    if {"Y", "N"} <= codes:
        return "contradictory"
    return "positive" if "Y" in codes else "negative" if "N" in codes else "not stated"
