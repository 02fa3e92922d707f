"""An independent recount of what drugs were given for, in plain Python; see recount.py.

A case here has what recount.py adds, and `indications`: its rows of indications, as reported.
"""

from datetime import date
from typing import Any

from tests.sql.reports.expected_codes import BROAD, NARROW, REACTIONS, ROUTES
from tests.sql.reports.expected_indications import (
    GROUPS,
    INJECTED,
    KINDS,
    LABELLED,
    OPEN,
    POPULATIONS,
    UNDECIDED_ROUTES,
    WITH_PRODUCT,
    WITHOUT_PRODUCT,
)

SUSPECT = ("PS", "SS", "I")
OF_SEVERAL_ROUTES = ("any", "not_intravenous", "unknown")
OFF_LABEL = "off label use"
Case = dict[str, Any]
Exposed = set[tuple[str, str, str]]
Counts = dict[tuple[str, ...], tuple[Any, ...]]


def recount_indications(cases: dict[str, Case], exposed: Exposed, reported: set[Any]) -> dict[str, Any]:
    """Populations and label statuses of each case, their counts, and the routes without a product."""
    indicated = {
        (*key, population, status) for key in exposed for population, status in _place(cases[key[0]], *key[1:])
    }
    return {
        "indicated": indicated,
        "by_indication": _count(cases, exposed, reported, indicated),
        "routes_with_product": _count_implausible(exposed, reported),
    }


def find_stratum(case: Case) -> str:
    """What the suspect drugs of a case were given for."""
    terms = {term for line in case["drugs"] if line["role_cod"] in SUSPECT for term in _terms_of(case, line)}
    known = {_population(term) for term in terms} - {"unknown"}
    if known & KINDS:
        return "chronic_pain"
    return "other" if known else "unknown"


def find_group(case: Case, drug: str) -> str:
    """What one drug was given for, as the adjusted contrast of routes groups it."""
    lines = [line for line in case["drugs"] if line["role_cod"] in SUSPECT and drug in line["watched"]]
    groups = {GROUPS.get(term, "other") for line in lines for term in _terms_of(case, line)}
    listed = groups - {"other", "unknown"}
    if len(listed) == 1:
        return listed.pop()
    return "other" if listed else min(groups, default="unknown")


def _terms_of(case: Case, line: Case) -> set[str]:
    return {row["indi_pt"].lower() for row in case["indications"] if row["indi_drug_seq"] == line["drug_seq"]}


def _population(term: str) -> str:
    return POPULATIONS.get(term, "other")


def _lines_of(case: Case, drug: str, route: str) -> list[Case]:
    return [
        line
        for line in case["drugs"]
        if line["role_cod"] in SUSPECT
        and drug in line["watched"]
        and (route in OF_SEVERAL_ROUTES or ROUTES[line["route"].upper()] == route)
    ]


def _place(case: Case, drug: str, route: str) -> set[tuple[str, str]]:
    """Population and label status of one drug and route of a case, the roll-ups included."""
    stated = {
        (_population(term), _judge(case, _own_name(drug, line), ROUTES[line["route"].upper()], term))
        for line in _lines_of(case, drug, route)
        for term in _terms_of(case, line)
    }
    known = {(population, status) for population, status in stated if population != "unknown"}
    found = known or {("unknown", "unknown")}
    found |= {("chronic_pain", status) for population, status in found if population in KINDS}
    found |= {("any", status) for _, status in found}
    return found | {(population, "any") for population, _ in found}


def _own_name(drug: str, line: Case) -> str:
    """The drug of the watch list behind a published name, on this line."""
    if drug.startswith("magnesium"):
        return "magnesium"
    return drug if drug != "ketamine_any" else ({"ketamine", "esketamine"} & line["watched"]).pop()


def _judge(case: Case, drug: str, route: str, term: str) -> str:
    """Whether a label of the United States, the one country of the worlds whose labels were read, names a term."""
    if _population(term) == "unknown" or case["patient"][3] != "US":
        return "unknown"
    since = LABELLED.get((drug, route, term))
    if since == "" or (since and date.fromisoformat(since) <= (case["first"] or case["last"])):
        return "labelled"
    named = {key for key in [*LABELLED, *OPEN] if (key[0], key[2]) == (drug, term)}
    if (drug, route, term) in OPEN or (route in UNDECIDED_ROUTES and named):
        return "unknown"
    if drug == "magnesium":
        return "not_labelled" if route in INJECTED else "unknown"
    return "not_labelled"


def _count(cases: dict[str, Case], exposed: Exposed, reported: set[Any], indicated: set[Any]) -> Counts:
    counts: Counts = {}
    placed, having = _index(indicated), _index(exposed)
    for (drug, route, population, status), people in placed.items():
        everyone = having[drug, route]
        unknown = placed.get((drug, route, "unknown", "any"), set())
        for reaction in REACTIONS:
            for definition in ("narrow", "broad"):
                hit = {n for n in people if (n, drug, route, reaction, definition) in reported}
                same = {n for n in hit if reaction in _reactions_given_for(cases[n], drug, route, definition)}
                counts[drug, route, reaction, definition, population, status] = (
                    len(hit), sum(cases[n]["serious"] for n in hit), sum(cases[n]["fatal"] for n in hit),
                    sum(cases[n]["is_kept"] for n in hit), len(same), len(hit - same),
                    sum(_names_off_label_use(cases[n], drug) for n in hit),
                    len(people), len(everyone), len(unknown),
                )  # fmt: skip
    return counts


def _index(keys: set[Any]) -> dict[tuple[str, ...], set[str]]:
    """The cases of each key: what follows the case number."""
    found: dict[tuple[str, ...], set[str]] = {}
    for number, *key in keys:
        found.setdefault(tuple(key), set()).add(number)
    return found


def _reactions_given_for(case: Case, drug: str, route: str, definition: str) -> set[str]:
    terms = {term for line in _lines_of(case, drug, route) for term in _terms_of(case, line)}
    found = {reaction for term in terms for reaction in NARROW.get(term, ())}
    if "depression" in terms:
        found.add("depression_or_suicidality")
    if definition == "broad":
        found |= {reaction for term in terms for reaction in BROAD.get(term, ())}
    return found | ({"nausea_or_vomiting"} if found & {"nausea", "vomiting"} else set())


def _names_off_label_use(case: Case, drug: str) -> bool:
    given_for = {term for line in _lines_of(case, drug, "any") for term in _terms_of(case, line)}
    return OFF_LABEL in case["terms"] or OFF_LABEL in given_for


def _count_implausible(exposed: Exposed, reported: set[Any]) -> Counts:
    """Of each published cell whether its route has a product, and how many of its cases name one without."""
    lacking = {(number, drug) for number, drug, route in exposed if _has_product(drug, route) == "no"}
    having = _index(reported)
    return {
        (drug, route, reaction, definition): (
            _has_product(drug, route),
            sum((n, drug) in lacking for n in having.get((drug, route, reaction, definition), ())),
        )
        for drug, route in {key[1:] for key in exposed}
        for reaction in REACTIONS
        for definition in ("narrow", "broad")
    }


def _has_product(drug: str, route: str) -> str:
    members = ["ketamine", "esketamine"] if drug == "ketamine_any" else [drug.split("_", maxsplit=1)[0]]
    if route in ("any", "not_intravenous") or any(route in WITH_PRODUCT[member] for member in members):
        return "yes"
    return "no" if all(route in WITHOUT_PRODUCT[member] for member in members) else "unknown"
