"""What the two sides of a contrast of routes hold, and whether that is a contrast of routes at all."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import duckdb

from pipeline.estimates._comparisons import SIDES

REPORTED = """
    select source, drug, side, member_drug, route, case_count, is_in_risk_programme
    from intermediate.route_contrast_product
    order by source, drug, side, case_count desc, member_drug, route
"""
OBSERVED = """
    with member as (
        select rollup as drug, drug as member_drug from codes.drug_rollup
        union
        select distinct drug, drug
        from events.trial_comparison
        where drug not in (select rollup from codes.drug_rollup)
    ),
    trial as (
        select distinct drug, reaction, definition, population, comparator, bound, route, trial_id
        from events.trial_comparison
        where randomisation <> 'not randomised' and is_in_all
    )
    select placed.drug, placed.reaction, placed.definition, placed.population, placed.comparator, placed.bound,
        placed.route as side, member.member_drug, named.route, count(distinct named.trial_id) as trial_count
    from trial as placed
    inner join member on member.drug = placed.drug
    inner join trial as named on named.drug = member.member_drug and named.reaction = placed.reaction
        and named.definition = placed.definition and named.population = placed.population
        and named.comparator = placed.comparator and named.bound = placed.bound and named.trial_id = placed.trial_id
        and named.route not in ('any', 'not_intravenous', 'unknown')
        and (placed.route = 'not_intravenous' or named.route = 'intravenous')
    where placed.route in ('intravenous', 'not_intravenous')
    group by all
    order by all
"""

Held = dict[str, list[tuple[str, str, int]]]
"""Of each side the drugs by route with their cases or trials, most first."""


def read_reported_products(connection: duckdb.DuckDBPyConnection) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The columns that name the products of each source and drug of the reports."""
    held: dict[tuple[Any, ...], Held] = {}
    stimulated: dict[tuple[Any, ...], set[str]] = {}
    for source, drug, side, member, route, count, is_stimulated in connection.execute(REPORTED).fetchall():
        held.setdefault((source, drug), {}).setdefault(side, []).append((member, route, count))
        stimulated.setdefault((source, drug), set()).update({side} if is_stimulated else ())
    return {
        key: name_products(sides, "case") | {"risk_programme_side": _name_sides(stimulated[key])}
        for key, sides in held.items()
    }


def read_observed_products(connection: duckdb.DuckDBPyConnection) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The columns that name the products of each cell of trials: drug, reaction, definition, population, comparator,
    bound."""
    held: dict[tuple[Any, ...], Held] = {}
    for *key, side, member, route, count in connection.execute(OBSERVED).fetchall():
        held.setdefault(tuple(key), {}).setdefault(side, []).append((member, route, count))
    return {key: name_products(sides, "trial") for key, sides in held.items()}


def name_products(held: Held, unit: str) -> dict[str, Any]:
    """product_contrast and the text of each side; counts are of `unit`s."""
    return {"product_contrast": judge_products(held)} | {
        f"{side}_products_text": _name(held.get(side, ()), unit) for side in SIDES
    }


def judge_products(held: Held) -> str | None:
    """same_drug, mixed_drugs or different_drugs by what most of each side is; None with one side alone."""
    if not all(held.get(side) for side in SIDES):
        return None
    foremost, drugs = [], set()
    for side in SIDES:
        counts: Counter[str] = Counter()
        for member, _, count in held[side]:
            counts[member] += count
        foremost.append(min(counts, key=lambda name: (-counts[name], name)))
        drugs |= set(counts)
    if foremost[0] != foremost[1]:
        return "different_drugs"
    return "same_drug" if len(drugs) == 1 else "mixed_drugs"


def _name(products: Iterable[tuple[str, str, int]], unit: str) -> str | None:
    ordered = sorted(products, key=lambda product: (-product[2], *product[:2]))
    named = [f"{member} {route} ({count} {unit}{'' if count == 1 else 's'})" for member, route, count in ordered]
    return ", ".join(named) or None


def _name_sides(sides: set[str]) -> str:
    return "both" if len(sides) > 1 else next(iter(sides), "none")
