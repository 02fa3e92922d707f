"""An independent recount of the cases of the adjusted contrast of routes, in plain Python; see recount.py."""

from typing import Any

from tests.sql.reports.recount_indication import find_group

ALONE = {"ketamine", "esketamine", "memantine", "dextromethorphan", "amantadine"}  # no roll-up, no magnesium
MISUSE = "drug abuse"
PROFESSIONALS = {"physician", "pharmacist", "nurse", "health_professional"}


def list_adjusted_cases(
    cases: dict[str, dict[str, Any]], exposed: set[tuple[str, str, str]]
) -> dict[tuple[str, str], tuple[Any, ...]]:
    """By case and drug: its side and what is adjusted for. No opioid or sedative is in the worlds."""
    found = {}
    for number, drug, route in exposed:
        case = cases[number]
        if drug not in ALONE or route not in ("intravenous", "not_intravenous"):
            continue
        if not case["is_kept"] or MISUSE in case["terms"]:
            continue
        band, sex, reporter, country, _ = case["patient"]
        found[number, drug] = (
            route == "intravenous", band, sex,
            None if case["quarter"] == "not stated" else int(case["quarter"][:4]),
            country if country in ("US", "not stated") else "elsewhere",
            _group_reporter(reporter), find_group(case, drug), False, False,
        )  # fmt: skip
    return found


def _group_reporter(reporter: str) -> str:
    if reporter in PROFESSIONALS:
        return "health professional"
    return "consumer or lawyer" if reporter in ("consumer", "lawyer") else "not stated"
