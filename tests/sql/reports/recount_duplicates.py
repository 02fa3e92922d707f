"""Probable duplicates recounted in plain Python: every group by hand, joined where they meet, one case kept of each.

Like recount.py it imports nothing of `pipeline`.
"""

from collections import defaultdict
from typing import Any

Facts = dict[str, Any]


def set_aside(cases: dict[str, Facts]) -> dict[str, tuple[str, str]]:
    """Case number -> the case kept in its place, and the rule; cases hold the facts that recount.py describes."""
    groups = [(rule, group) for rule, group in _groups(cases) if len(group) > 1 and _may_be_one_person(cases, group)]
    found = {}
    for number in cases:
        together = _follow_links(number, groups)
        kept = max(together, key=lambda each: (cases[each]["received"], int(each)))
        if kept != number and _may_be_one_person(cases, {kept, number}):
            rules = {rule for rule, group in groups if number in group}
            found[number] = (kept, min(rules))
    return found


def _groups(cases: dict[str, Facts]) -> list[tuple[str, set[str]]]:
    shared: dict[tuple[Any, ...], set[str]] = defaultdict(set)
    for number, case in cases.items():
        sender, sender_number, authority = (
            case[name].upper() for name in ("sender", "sender_number", "authority_number")
        )
        if sender and _identifies_a_report(sender_number):
            shared["R0", "sender", sender, sender_number].add(number)
        if _identifies_a_report(authority):
            country = "" if any(letter.isalpha() for letter in authority) else case["country"]
            shared["R0", "authority", authority, country].add(number)
        if event := _describe_event(case):
            shared["R1", *event].add(number)
    return [(key[0], group) for key, group in shared.items()]


def _identifies_a_report(text: str) -> bool:
    return len(text) > 2 and any(letter in "123456789" for letter in text)


def _describe_event(case: Facts) -> tuple[Any, ...] | None:
    """Day, age, sex, country, ingredients and terms; None where one of them is not known."""
    day = case["event"]
    padded = day[4:] == "0101" or (day < "2013" and day[6:] == "01")
    given = [parts for role, parts in case["ingredients"] if role != "DN"]
    if len(day) != 8 or padded or case["age"] is None or "not stated" in (case["sex"], case["country"]):
        return None
    if not given or not all(given) or not case["terms"]:
        return None
    return (
        day,
        case["age"],
        case["sex"],
        case["country"],
        frozenset(part for parts in given for part in parts),
        frozenset(case["terms"]),
    )


def _may_be_one_person(cases: dict[str, Facts], group: set[str]) -> bool:
    """Not two sexes, and no two ages further apart than two years."""
    sexes = {cases[number]["sex"] for number in group} - {"not stated"}
    ages = [cases[number]["age"] for number in group if cases[number]["age"] is not None]
    return len(sexes) <= 1 and (not ages or max(ages) - min(ages) <= 2)


def _follow_links(number: str, groups: list[tuple[str, set[str]]]) -> set[str]:
    together = {number}
    while True:
        wider = together.union(*(group for _, group in groups if group & together))
        if wider == together:
            return together
        together = wider
