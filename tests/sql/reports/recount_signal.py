"""The cells behind the statistics recounted in plain Python, by intersecting sets of case numbers.

Like recount.py it imports nothing of `pipeline`. A case here has its `drugs` (lines, as reported), its `reactions`,
`terms`, `patient`, `quarter`, `serious`, and what recount.py adds to each line: `watched`, `ingredients`.
"""

from collections import Counter
from typing import Any

from tests.sql.reports.expected_codes import COMPARATORS, DRUGS, MISUSE, NARROW, OWN_OUTCOME, REACTIONS
from tests.sql.reports.recount_indication import find_stratum

Case = dict[str, Any]
Cells = dict[tuple[Any, ...], tuple[int, ...]]
SUSPECT = ("PS", "SS", "I")
DEFINITIONS = ("narrow", "broad")
FIVE = REACTIONS[:5]
OWN = {
    "ketamine_any": {"ketamine", "esketamine"},
    **{f"magnesium_{kind}": {"magnesium"} for kind in ("parenteral", "oral", "gastrointestinal")},
}


def is_in(analysis: str, case: Case, line: Case) -> bool:
    """Whether a drug line of a case enters an analysis."""
    role = line["role_cod"]
    if analysis == "without_duplicates" and not case["is_kept"]:
        return False
    if analysis == "without_misuse_or_overdose" and case["terms"] & MISUSE:
        return False
    if analysis == "any_role":
        return role in (*SUSPECT, "C")
    if analysis == "primary_suspect_only":
        return role == "PS"
    if analysis == "single_ingredient_only":
        return role in SUSPECT and len(line["ingredients"]) == 1
    return role in SUSPECT


ANALYSES = (
    "primary", "primary_suspect_only", "any_role", "single_ingredient_only", "inferred_route", "without_duplicates",
    "without_misuse_or_overdose",
)  # fmt: skip


def recount_signal(cases: dict[str, Case], exposures: Any, landed: set[str]) -> dict[str, Cells]:
    """The four cells of each analysis, stratum, quarter and contrast. exposures(lines, inferred): drug and route.
    landed: the quarters of current deliveries."""
    reacting = {
        (reaction, definition): {n for n, case in cases.items() if (reaction, definition) in case["reactions"]}
        for reaction in REACTIONS
        for definition in DEFINITIONS
    }
    exposed = {analysis: _find_exposed_cases(analysis, cases, exposures) for analysis in ANALYSES}
    primary = exposed["primary"]
    cells: Cells = {}
    for analysis in ANALYSES:
        universe = set(cases)
        if analysis == "without_duplicates":
            universe = {n for n in cases if cases[n]["is_kept"]}
        if analysis == "without_misuse_or_overdose":
            universe = {n for n in cases if not cases[n]["terms"] & MISUSE}
        for (drug, route), inside in exposed[analysis].items():
            for reaction, having in reacting.items():
                if reaction[0] in OWN_OUTCOME.get(analysis, ()):
                    continue
                cells[(drug, route, *reaction, analysis, "all_other_cases", None)] = count_four_cells(
                    inside, having, universe
                )
    for (drug, route), inside in primary.items():
        for reaction, having in reacting.items():
            for (comparator, owner), listed in COMPARATORS.items():
                if owner == drug:
                    others = {n for n, case in cases.items() if _find_suspect_ingredients(case) & listed}
                    key = (drug, route, *reaction, "primary", comparator, None)
                    cells[key] = count_four_cells(inside, having, inside | others)
            dominating = find_dominating_ingredient(cases, having, OWN.get(drug, {drug}))
            left = {n for n, case in cases.items() if dominating not in _find_suspect_ingredients(case)}
            if dominating and inside & left:
                key = (drug, route, *reaction, "without_dominating_drug", "all_other_cases", dominating)
                cells[key] = count_four_cells(inside & left, having & left, left)
    return {
        "cells": cells,
        "strata": _stratify(cases, primary, reacting),
        "quarters": _accumulate(cases, primary, reacting, landed),
        "contrast": _contrast(cases, primary, reacting),
        "products": _list_products(primary),
        "pairs": _pair(cases, primary),
    }


def count_new_quarters(quarters: dict[str, dict[str, Case]], exposures: Any) -> Cells:
    """The four cells of every test of the sequential family at each quarter that has a new case."""
    cells: Cells = {}
    for quarter, cases in quarters.items():
        lines = {n: [line for line in case["drugs"] if line["role_cod"] in SUSPECT] for n, case in cases.items()}
        exposed = {number: exposures(suspected) for number, suspected in lines.items()}
        for drug in set(DRUGS.values()) if cases else ():
            for route in ("any", "intravenous", "not_intravenous"):
                inside = {number for number, pairs in exposed.items() if (drug, route) in pairs}
                for reaction in FIVE:
                    having = {n for n, case in cases.items() if (reaction, "narrow") in case["reactions"]}
                    cells[(drug, route, reaction, quarter)] = count_four_cells(inside, having, set(cases))
    return cells


def count_four_cells(inside: set[str], having: set[str], universe: set[str]) -> tuple[int, ...]:
    """With both, drug only, reaction only, neither."""
    having = having & universe
    return (len(inside & having), len(inside - having), len(having - inside), len(universe - inside - having))


def find_dominating_ingredient(cases: dict[str, Case], having: set[str], own: set[str]) -> str | None:
    """The ingredient that most of these cases suspect, other than the drug itself; of equals the first by name."""
    counts = Counter(
        ingredient
        for n in having
        for ingredient in _find_suspect_ingredients(cases[n])
        if _find_watched_drug(cases[n], ingredient) not in own
    )
    return min(counts, key=lambda name: (-counts[name], name)) if counts else None


def _find_watched_drug(case: Case, ingredient: str) -> str | None:
    """The watched drug an ingredient is; magnesium beside electrolytes is none."""
    if DRUGS.get(ingredient) != "magnesium":
        return DRUGS.get(ingredient)
    lines = [line for line in case["drugs"] if ingredient in line["ingredients"] and line["role_cod"] in SUSPECT]
    return "magnesium" if any("magnesium" in line["watched"] for line in lines) else None


def _find_suspect_ingredients(case: Case) -> set[str]:
    return {name for line in case["drugs"] if line["role_cod"] in SUSPECT for name in line["ingredients"]}


def _find_exposed_cases(analysis: str, cases: dict[str, Case], exposures: Any) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for number, case in cases.items():
        lines = [line for line in case["drugs"] if is_in(analysis, case, line)]
        for pair in exposures(lines, analysis == "inferred_route"):
            found.setdefault(pair, set()).add(number)
    return found


def _count_distinct_drugs(case: Case, roles: tuple[str, ...] | None) -> int:
    """Distinct drugs of a case; a line without a coded ingredient counts each time, a drug never given does not."""
    units = set()
    for line in case["drugs"]:
        if line["role_cod"] == "DN" or (roles and line["role_cod"] not in roles):
            continue
        units |= {
            "magnesium" if DRUGS.get(name) == "magnesium" and "magnesium" in line["watched"] else name
            for name in line["ingredients"]
        } or {line["place"]}
    return len(units)


def _band_length(count: int) -> str:
    return next((band for top, band in ((1, "0"), (2, "1"), (5, "2-4"), (10, "5-9")) if count < top), "10+")


def _stratify(cases: dict[str, Case], primary: Any, reacting: Any) -> Cells:
    kinds = {
        "age_band, sex, year": lambda case: ", ".join((*case["patient"][:2], case["quarter"].split("Q")[0])),
        "report_length": lambda case: (
            f"drugs {_band_length(_count_distinct_drugs(case, None))}, reactions {_band_length(len(case['terms']))}"
        ),
        "indication": find_stratum,
    }
    cells: Cells = {}
    for kind, name_of in kinds.items():
        strata: dict[str, set[str]] = {}
        for number, case in cases.items():
            strata.setdefault(name_of(case), set()).add(number)
        for stratum, people in strata.items():
            for pair, inside in primary.items():
                for reaction, having in reacting.items():
                    if inside & people:
                        cells[(*pair, *reaction, kind, stratum)] = count_four_cells(inside & people, having, people)
    return cells


def _accumulate(cases: dict[str, Case], primary: Any, reacting: Any, landed: set[str]) -> Cells:
    """Cumulative cells, the quarter's own counts, whether it was landed, and how many before it were not."""
    cells: Cells = {}
    quarters = {case["quarter"] for case in cases.values()}
    for quarter in quarters:
        arrived = {n for n, case in cases.items() if case["quarter"] <= quarter}
        new = {n for n in arrived if cases[n]["quarter"] == quarter}
        marks = (None, 0) if quarter == "not stated" else (quarter in landed, _count_gap(quarter, quarters, landed))
        for pair, inside in primary.items():
            for reaction, having in reacting.items():
                if inside & arrived:
                    own = [len(group & new) for group in (inside & having, inside, having, new)]
                    four = count_four_cells(inside & arrived, having, arrived)
                    cells[(*pair, *reaction, quarter)] = (*four, *own, *marks)
    return cells


def _count_gap(quarter: str, quarters: set[str], landed: set[str]) -> int:
    """Quarters that nobody landed between the last one that has a case and this one, stepping back one by one."""
    if min(quarters) == quarter:
        return 0
    gap, before = 0, _step_back(quarter)
    while before not in quarters:
        gap += before not in landed
        before = _step_back(before)
    return gap


def _step_back(quarter: str) -> str:
    year, number = int(quarter[:4]), int(quarter[-1])
    return f"{year}Q{number - 1}" if number > 1 else f"{year - 1}Q4"


def _contrast(cases: dict[str, Case], primary: Any, reacting: Any) -> Cells:
    """Of each side the cases with the reaction and all; the serious ones of each; those on neither side."""
    cells: Cells = {}
    for drug in {drug for drug, _ in primary if not drug.startswith("magnesium")}:
        sides = [primary.get((drug, route), set()) for route in ("intravenous", "not_intravenous")]
        if not all(sides):
            continue
        for reaction, having in reacting.items():
            counts = [len(side & group) for side in sides for group in (having, side)]
            serious = [sum(cases[n]["serious"] for n in side) for side in sides]
            neither = primary[drug, "any"] - sides[0] - sides[1]
            cells[(drug, *reaction)] = (*counts, *serious, len(neither & having), len(neither))
    return cells


def _list_products(primary: Any) -> Cells:
    """Of each side the cases by member drug and named route, and whether a risk programme asks for their reports."""
    cells: Cells = {}
    for (drug, side), inside in primary.items():
        if side not in ("intravenous", "not_intravenous") or drug.startswith("magnesium"):
            continue
        for (member, route), having in primary.items():
            is_of_side = route not in ("any", "not_intravenous", "unknown") and side in (route, "not_intravenous")
            if member in OWN.get(drug, {drug}) and is_of_side and inside & having:
                asked_for = (member, route) == ("esketamine", "intranasal")
                cells[(drug, side, member, route)] = (len(inside & having), asked_for)
    return cells


def _pair(cases: dict[str, Case], primary: Any) -> Cells:
    """Case by suspect drug by term: rows are drugs by the route and all others, columns reactions and other terms."""
    cells: Counter[tuple[str, str, str]] = Counter()
    watched = [(drug, route, inside) for (drug, route), inside in primary.items() if drug in set(DRUGS.values())]
    for route in {route for _, route, _ in watched}:
        for number, case in cases.items():
            named = [drug for drug, by, inside in watched if by == route and number in inside]
            others = _count_distinct_drugs(case, SUSPECT) - len(named)
            for term in case["terms"]:
                (reaction,) = set(NARROW.get(term, ())) & set(FIVE) or {"other"}
                cells.update({(route, drug, reaction): 1 for drug in named})
                cells[(route, "other", reaction)] += others
    return {key: (count,) for key, count in cells.items() if count}
