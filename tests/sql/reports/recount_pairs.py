"""An independent recount of every pair of ingredient and term, with its margins and expected counts, in plain Python.

It imports nothing of `pipeline`. It is slow and obvious on purpose.
"""

from collections import Counter, defaultdict
from math import log2
from typing import Any

from tests.sql.reports.recount import _choose_latest_versions, _date_cases, _describe_case, _ingredients

BARE = {"ESOMEPRAZOLE MAGNESIUM": "ESOMEPRAZOLE"}  # salts of drugs that are not watched


def describe_cases(deliveries: list[Any]) -> list[tuple[str, set[str], set[str]]]:
    """Stratum, suspect ingredients and lower-case terms of each current case."""
    current = [delivery for delivery in deliveries if delivery.is_current]
    cases = {number: _describe_case(version) for number, version in _choose_latest_versions(current).items()}
    _date_cases(cases, current)
    described = []
    for case in cases.values():
        band, sex, *_ = case["patient"]
        suspects = [drug for drug in case["drugs"] if drug["role_cod"] in ("PS", "SS", "I")]
        ingredients = {BARE.get(part, part) for drug in suspects for part in _ingredients(drug)} - {"not coded"}
        described.append(
            (f"{band}, {sex}, {case['quarter'].split('Q')[0]}", ingredients, {term.lower() for term in case["terms"]})
        )
    return described


def count_pairs(cases: list[tuple[str, set[str], set[str]]]) -> Counter[tuple[str, str]]:
    """Cases of each pair seen."""
    return Counter((part, term) for _, parts, terms in cases for part in parts for term in terms)


def count_margins(cases: list[tuple[str, set[str], set[str]]]) -> Counter[tuple[str, str, str]]:
    """Cases of each margin, name and stratum."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for stratum, parts, terms in cases:
        counts["every_case", "", stratum] += 1
        counts.update(("ingredient", part, stratum) for part in parts)
        counts.update(("preferred_term", term, stratum) for term in terms)
    return counts


def measure(cases: list[tuple[str, set[str], set[str]]]) -> dict[tuple[str, str], dict[str, float | None]]:
    """Four cells, expected counts and the simplest measures of each pair seen."""
    margins = count_margins(cases)
    strata = {stratum: count for (margin, _, stratum), count in margins.items() if margin == "every_case"}
    of_part: dict[str, int] = defaultdict(int)
    of_term: dict[str, int] = defaultdict(int)
    for (margin, name, _), count in margins.items():
        if margin == "ingredient":
            of_part[name] += count
        if margin == "preferred_term":
            of_term[name] += count
    found = {}
    for (part, term), both in count_pairs(cases).items():
        b, c = of_part[part] - both, of_term[term] - both
        d = len(cases) - both - b - c
        expected = (both + b) * (both + c) / len(cases)
        found[part, term] = {
            "with_both_count": both, "drug_only_count": b, "reaction_only_count": c, "neither_count": d,
            "expected_count": expected,
            "expected_count_stratified": sum(
                margins["ingredient", part, s] * margins["preferred_term", term, s] / n for s, n in strata.items()
            ),
            "prr": both / (both + b) / (c / (c + d)) if c and b + d else None,  # else every case has the term
            "ror": both * d / (b * c) if b and c and d else None,
            "ic": log2((both + 0.5) / (expected + 0.5)),
        }  # fmt: skip
    return found
