"""Published signals of the sample world, computed independently: cells from the intended reports, measures by SciPy
and statsmodels, which the pipeline does not use for them.
"""

import math
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from typing import Any

import duckdb
import numpy as np
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable, Table2x2
from statsmodels.stats.multitest import multipletests

from pipeline.sample.cases import Version
from pipeline.sample.report_answer import find_reactions, find_routes, normalize_case_number, select_current_versions
from pipeline.sample.vocabulary import LEGACY_PERIODS
from pipeline.sample.world import CASES_PER_PERIOD, SEED, invent_reports

DRUGS = ("ketamine", "esketamine", "memantine", "dextromethorphan", "amantadine", "magnesium")
NARROW = ("hallucination", "paranoia", "confusion", "nausea", "vomiting")
REPORTS = invent_reports(SEED, CASES_PER_PERIOD)
STANDING = select_current_versions(REPORTS)
Cells = tuple[int, int, int, int]


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]


@cache
def exposed_to(drug: str, route: str) -> set[str]:
    return {number for number in STANDING if route in find_routes(STANDING[number]).get(drug, ())}


@cache
def having(reaction: str, definition: str) -> set[str]:
    return {number for number in STANDING if (reaction, definition) in find_reactions(STANDING[number])}


def cells(drug: str, route: str, reaction: str, definition: str, among: set[str]) -> Cells:
    """The four cells of a drug by a route against all other cases of `among`."""
    exposed, reacting = exposed_to(drug, route) & among, having(reaction, definition) & among
    both = len(exposed & reacting)
    return both, len(exposed) - both, len(reacting) - both, len(among - exposed - reacting)


def close(found: float | None, meant: float) -> bool:
    return found is not None and math.isclose(found, meant, rel_tol=1e-8, abs_tol=1e-12)


def primary(built: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    return rows(
        built,
        "select * from summary.signal where source = 'faers' and analysis = 'primary' "
        "and comparator = 'all_other_cases' and stratum = 'all'",
    )


def test_cells_and_measures_of_every_drug_and_route_agree_with_scipy(built: duckdb.DuckDBPyConnection) -> None:
    wrong, estimated = [], 0
    for row in primary(built):
        key = (row["drug"], row["route"], row["reaction"], row["definition"])
        a, b, c, d = cells(*key, among=set(STANDING))
        found = tuple(row[f"{name}_count"] for name in ("with_both", "drug_only", "reaction_only", "neither"))
        if found != (a, b, c, d):
            wrong.append((key, found, (a, b, c, d)))
            continue
        expected = (a + b) * (a + c) / (a + b + c + d)
        shape, rate = a + 0.5, expected + 0.5
        meant = {
            "expected_count": expected,
            "ic": math.log2(shape / rate),
            "ic_lower": math.log2(stats.gamma.ppf(0.025, shape, scale=1 / rate)),
            "ic_upper": math.log2(stats.gamma.ppf(0.975, shape, scale=1 / rate)),
        }
        if min(a, b, c, d) > 0:
            estimated += 1
            table = Table2x2(np.array([[a, b], [c, d]]))
            meant |= {"ror": table.oddsratio, "prr": table.riskratio}
            meant |= dict(zip(("ror_lower", "ror_upper"), table.oddsratio_confint(), strict=True))
            meant |= dict(zip(("prr_lower", "prr_upper"), table.riskratio_confint(), strict=True))
            meant["chi_squared_yates"] = stats.chi2_contingency([[a, b], [c, d]], correction=True)[0]
        wrong += [(key, name, row[name], value) for name, value in meant.items() if not close(row[name], value)]
        if a == 0:
            assert row["prr"] is None and row["ror"] is None and row["reason"], key
    assert wrong == []
    assert estimated > 100


def test_adjusted_p_values_agree_with_statsmodels(built: duckdb.DuckDBPyConnection) -> None:
    """Rule 8: six drugs, three routes, five narrow reactions, one-sided Fisher, Benjamini-Hochberg."""
    found = {(row["drug"], row["route"], row["reaction"], row["definition"]): row for row in primary(built)}
    family = [
        key
        for key in found
        if key[0] in DRUGS and key[1] in ("any", "intravenous", "not_intravenous") and key[2] in NARROW
        if key[3] == "narrow"
    ]
    chances = []
    for key in family:
        a, b, c, d = cells(*key, among=set(STANDING))
        chances.append(stats.fisher_exact([[a, b], [c, d]], alternative="greater")[1])
    adjusted = multipletests(chances, method="fdr_bh")[1]
    assert all(close(found[key]["fisher_p_value"], p) for key, p in zip(family, chances, strict=True))
    assert all(close(found[key]["fdr_adjusted_p_value"], p) for key, p in zip(family, adjusted, strict=True))
    outside = [row for key, row in found.items() if key not in set(family)]
    assert outside and all(row["fdr_adjusted_p_value"] is None for row in outside)


def age_band(version: Version) -> str:
    if not version.age:
        return "not stated"
    ends = ((18, "0-17"), (45, "18-44"), (65, "45-64"), (75, "65-74"), (999, "75+"))
    return next(band for end, band in ends if int(version.age) < end)


def year(number: str) -> str:
    """Calendar year of first receipt; the legacy layout states none, so it is that of the earliest version that
    was sent."""
    version = STANDING[number]
    if version.period not in LEGACY_PERIODS:
        return version.first_received[:4]
    return min(other.received for other in REPORTS.versions if normalize_case_number(other) == number)[:4]


def patient(number: str) -> tuple[str, ...]:
    version = STANDING[number]
    return age_band(version), {"M": "male", "F": "female"}.get(version.sex, "not stated"), year(number)


def by_stratum(label: Callable[[str], Any], among: set[str]) -> list[set[str]]:
    strata: dict[Any, set[str]] = defaultdict(set)
    for number in among:
        strata[label(number)].add(number)
    return list(strata.values())


def pooled(tables: list[Cells]) -> StratifiedTable:
    """statsmodels' Mantel-Haenszel; a stratum without the drug has no weight, there and here."""
    return StratifiedTable([np.array([[a, b], [c, d]], dtype=float) for a, b, c, d in tables])


def test_stratified_ratios_agree_with_statsmodels(built: duckdb.DuckDBPyConnection) -> None:
    strata = by_stratum(patient, set(STANDING))
    found = rows(
        built,
        "select * from summary.signal where source = 'faers' and analysis = 'primary' "
        "and stratum = 'age_band, sex, year' and route in ('any', 'intravenous') and definition = 'narrow' "
        "and ror is not null",
    )
    assert len(found) > 20
    for row in found:
        key = (row["drug"], row["route"], row["reaction"], row["definition"])
        tables = [cells(*key, among=stratum) for stratum in strata]
        meant = pooled([table for table in tables if table[0] + table[1] > 0])
        assert close(row["ror"], meant.oddsratio_pooled), key
        low, high = meant.oddsratio_pooled_confint()
        assert close(row["ror_lower"], low) and close(row["ror_upper"], high), key
        expected = sum((a + b) * (a + c) / (a + b + c + d) for a, b, c, d in tables)
        assert close(row["expected_count"], expected), key


def test_route_contrast_agrees_with_an_independent_computation(built: duckdb.DuckDBPyConnection) -> None:
    """Cases of one drug only: intravenous on one side, other known routes on the other."""
    found = rows(
        built,
        "select * from summary.route_contrast "
        "where evidence = 'reports' and stratum = 'all' and definition = 'narrow'",
    )
    assert {row["drug"] for row in found} & {"magnesium", "magnesium_parenteral", "magnesium_oral"} == set()
    compared = 0
    for row in found:
        routes = {number: find_routes(version).get(row["drug"], set()) for number, version in STANDING.items()}
        among = {number for number, named in routes.items() if named & {"intravenous", "not_intravenous"}}
        a, b, c, d = cells(row["drug"], "intravenous", row["reaction"], "narrow", among=among)
        if min(a, b, c, d) > 0:
            compared += 1
            table = Table2x2(np.array([[a, b], [c, d]]))
            assert close(row["estimate"], table.oddsratio), row
    assert compared > 10
