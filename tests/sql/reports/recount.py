"""An independent recount of the counts of reports in plain Python, with which the SQL is compared.

It imports nothing of `pipeline` and reads no code list: the codes of the random worlds are written a second time in
expected_codes.py. It is slow and obvious on purpose.
"""

from collections import defaultdict
from datetime import date
from typing import Any

from tests.sql.reports.expected_codes import (
    ABSENT,
    BROAD,
    COUNTRIES,
    DRUGS,
    HINTS,
    NAMES,
    NARROW,
    PHRASES,
    REACTIONS,
    REPORTERS,
    ROUTES,
    SEQUENTIAL_START,
    SERIOUS,
    SPOILS,
    YEARS,
)
from tests.sql.reports.recount_adjusted import list_adjusted_cases
from tests.sql.reports.recount_dose import count_doses
from tests.sql.reports.recount_duplicates import set_aside
from tests.sql.reports.recount_indication import recount_indications
from tests.sql.reports.recount_onset import count_onset
from tests.sql.reports.recount_signal import SUSPECT, count_new_quarters, recount_signal

Counts = dict[tuple[Any, ...], tuple[Any, ...]]


def recount(deliveries: list[Any]) -> dict[str, Any]:
    """Everything the tables of reports should hold for these deliveries, by name of the result."""
    current = [delivery for delivery in deliveries if delivery.is_current]
    cases = {number: _describe_case(version) for number, version in _choose_latest_versions(current).items()}
    _date_cases(cases, current)
    for case in cases.values():
        case["reactions"] = _reactions(case["terms"])
        case["drugs"] = [
            {**drug, "watched": _watched(drug), "ingredients": set(_ingredients(drug)) - {"not coded"}}
            for place, line in enumerate(case["drugs"])
            for drug in _state_routes(line, place)
        ]
    exposed = {
        (number, drug, route)
        for number, case in cases.items()
        for drug, route in _exposures([line for line in case["drugs"] if line["role_cod"] in SUSPECT])
    }
    reported = {
        (number, drug, route, reaction, definition)
        for number, drug, route in exposed
        for reaction, definition in cases[number]["reactions"]
    }
    duplicates = set_aside(cases)
    for number, case in cases.items():
        case["is_kept"] = number not in duplicates
    return {
        "cases": {number: _facts(case) for number, case in cases.items()},
        "duplicates": duplicates,
        "exposed": exposed,
        "reported": reported,
        "by_drug_route": _tally(cases, exposed, reported, lambda case: ()),
        "by_quarter": _tally(cases, exposed, reported, lambda case: (case["quarter"],)),
        "by_patient": {
            key: counts[:3] + counts[4:5]
            for key, counts in _tally(cases, exposed, reported, lambda case: case["patient"]).items()
            if counts[0] > 0
        },
        **recount_signal(cases, _exposures, {delivery.period for delivery in current}),
        "sequential": count_new_quarters(_find_new_cases(current), _exposures),
        "adjusted": list_adjusted_cases(cases, exposed),
        **recount_indications(cases, exposed, reported),
        "doses": count_doses(cases, exposed, reported, SUSPECT),
        "onset": count_onset(cases, exposed, reported, SUSPECT),
    }


def _find_new_cases(deliveries: list[Any]) -> dict[str, dict[str, Any]]:
    """By modern quarter from SEQUENTIAL_START: cases first received in it, by the latest version of that delivery."""
    quarters: dict[str, dict[str, Any]] = {}
    for delivery in deliveries:
        if delivery.era != "faers" or delivery.period < SEQUENTIAL_START:
            continue
        deleted = {_bare(listed["caseid"]) for listed in delivery.rows("deleted")}
        latest: dict[str, Any] = {}
        for row in delivery.rows("demo"):
            number, day = _bare(row["caseid"]), row.get("init_fda_dt") or ""
            is_new = len(day) > 4 and f"{day[:4]}Q{(int(day[4:6]) + 2) // 3}" == delivery.period
            if number and is_new and number not in deleted:
                rank = (_version(delivery, row), _plausible(row["fda_dt"], delivery.period), int(row["primaryid"]))
                latest[number] = max(latest.get(number, (rank, row)), (rank, row), key=lambda version: version[0])
        cases = {number: _describe_case((delivery, row)) for number, (_, row) in latest.items()}
        for case in cases.values():
            case["reactions"] = _reactions(case["terms"])
            case["drugs"] = [
                {**drug, "watched": _watched(drug)}
                for place, line in enumerate(case["drugs"])
                for drug in _state_routes(line, place)
            ]
        quarters[delivery.period] = cases
    return quarters


def _bare(number: str) -> str:
    return number.strip().lstrip("0")


def _choose_latest_versions(deliveries: list[Any]) -> dict[str, tuple[Any, dict[str, str]]]:
    """Contract rules 1, 2 and 19: drop what a list removes and reports of another case; the latest is current."""
    chosen: dict[str, tuple[Any, dict[str, str]]] = {}
    remaining = [
        (delivery, row) for delivery, row in _list_numbered(deliveries) if not _is_removed(deliveries, delivery, row)
    ]
    owners = _find_owners(remaining)
    for delivery, row in remaining:
        number = _bare(row["caseid"])
        if owners.get(_bare(row["primaryid"]), number) != number and delivery.era == "laers":
            continue
        if number not in chosen or _age(delivery, row) > _age(*chosen[number]):
            chosen[number] = (delivery, row)
    return chosen


def _list_numbered(deliveries: list[Any]) -> list[tuple[Any, dict[str, str]]]:
    return [(delivery, row) for delivery in deliveries for row in delivery.rows("demo") if _bare(row["caseid"])]


def _is_removed(deliveries: list[Any], delivery: Any, row: dict[str, str]) -> bool:
    return any(
        _bare(listed["caseid"]) == _bare(row["caseid"])
        for later in deliveries
        if later.period >= delivery.period
        for listed in later.rows("deleted")
    )


def _find_owners(rows: list[tuple[Any, dict[str, str]]]) -> dict[str, str]:
    """Legacy report number -> the case number it counts under: the latest quarter's, else the higher."""
    listed = defaultdict(list)
    for delivery, row in rows:
        if delivery.era == "laers":
            listed[_bare(row["primaryid"])].append((delivery.period, int(row["caseid"])))
    return {report: str(max(numbers)[1]) for report, numbers in listed.items()}


def _age(delivery: Any, row: dict[str, str]) -> tuple[Any, ...]:
    if delivery.era == "laers":
        return (False, _plausible(row["fda_dt"], delivery.period), int(row["primaryid"]), delivery.period)
    return (True, _version(delivery, row), row["fda_dt"], delivery.period, int(row["primaryid"]))


def _plausible(day: str, period: str) -> str:
    """A day of receipt, blank where it is more than a year after its quarter."""
    return day if day <= f"{int(period[:4]) + 1}{3 * int(period[-1]):02d}31" else ""


def _version(delivery: Any, row: dict[str, str]) -> int:
    return int(row["caseversion"]) if delivery.era == "faers" else int(row["foll_seq"] or 0) + 1


def _describe_case(version: tuple[Any, dict[str, str]]) -> dict[str, Any]:
    delivery, row = version

    def children(table: str) -> list[dict[str, str]]:
        return [
            child
            for child in delivery.rows(table)
            if _bare(child["primaryid"]) == _bare(row["primaryid"])
            and (delivery.era == "laers" or _bare(child["caseid"]) == _bare(row["caseid"]))
        ]

    years = float(row["age"]) * YEARS[row["age_cod"]] if row["age"] and row["age_cod"] in YEARS else -1
    outcomes = {child["outc_cod"] for child in children("outc")}
    sex = {"F": "female", "M": "male"}.get(row["sex"], "not stated")
    country = " ".join((row.get("occr_country") or row.get("reporter_country") or "not stated").split())
    coded_country = country if country in COUNTRIES else "not coded"
    compared_country = country if country in COUNTRIES else country.upper()
    expedited = {"EXP": "expedited", "": "not stated"}.get(row["rept_cod"], "not expedited")
    return {
        "report_id": _bare(row["primaryid"]), "version": _version(delivery, row), "period": delivery.period,
        "init": row.get("init_fda_dt") or "", "received": _plausible(row["fda_dt"], delivery.period),
        "serious": bool(outcomes & SERIOUS), "fatal": "DE" in outcomes,
        "patient": (_band(years), sex, REPORTERS[row["occp_cod"]], coded_country, expedited),
        "drugs": children("drug"), "indications": children("indi"),
        "terms": {child["pt"].lower() for child in children("reac")},
        "sender": row.get("mfr_sndr") or "", "sender_number": row.get("mfr_num") or "",
        "authority_number": row.get("auth_num") or "", "event": row.get("event_dt") or "",
        "age": years if 0 <= years <= 120 else None, "sex": sex, "country": compared_country,
        "ingredients": [(drug["role_cod"], _ingredients(drug)) for drug in children("drug")],
        "starts": [{**row, "sequence": row["dsg_drug_seq"]} for row in children("ther")],
    }  # fmt: skip


def _band(years: float) -> str:
    if not 0 <= years <= 120:
        return "not stated"
    bands = ((18, "0-17"), (45, "18-44"), (65, "45-64"), (75, "65-74"))
    return next((band for top, band in bands if years < top), "75+")


def _date_cases(cases: dict[str, dict[str, Any]], deliveries: list[Any]) -> None:
    """First receipt: init_fda_dt, else the earliest fda_dt landed; a month gives the quarter, a year does not."""
    landed = defaultdict(list)
    remaining = [pair for pair in _list_numbered(deliveries) if not _is_removed(deliveries, *pair)]
    owners = _find_owners(remaining)
    for delivery, row in _list_numbered(deliveries):
        number = _bare(row["caseid"])
        is_elsewhere = delivery.era == "laers" and owners.get(_bare(row["primaryid"]), number) != number
        if not is_elsewhere or _is_removed(deliveries, delivery, row):
            landed[number].append(row["fda_dt"])
    for number, case in cases.items():
        day = case["init"] or min(landed[number])
        case["first"] = date(int(day[:4]), int(day[4:6]), int(day[6:])) if len(day) == 8 else None
        case["last"] = date(int(case["received"][:4]), int(case["received"][4:6]), int(case["received"][6:]))
        case["quarter"] = f"{day[:4]}Q{(int(day[4:6]) + 2) // 3}" if len(day) > 4 else "not stated"


def _facts(case: dict[str, Any]) -> tuple[Any, ...]:
    return (case["report_id"], case["version"], case["period"], case["first"], case["serious"], case["fatal"])


def _ingredients(drug: dict[str, str]) -> list[str]:
    if (drug.get("prod_ai") or "-") in ("-", "UNKNOWN"):
        name = drug["drugname"]
        return NAMES[name] if name in NAMES else _find_names(name)
    parts = []
    for part in drug["prod_ai"].split("\\"):
        if part == "MAGNESIUM SULFATE HEPTAHYDRATE":
            parts.append("MAGNESIUM SULFATE")
        else:
            parts.append(part.removesuffix(" HYDROCHLORIDE").removesuffix(" HYDROBROMIDE").removesuffix(" MAGNESIUM"))
    return parts


def _state_routes(line: dict[str, Any], place: int) -> list[dict[str, Any]]:
    """A drug for each route that the field of one line states, with the place of its line in the case."""
    routes = line["route"].split("; ")
    stated = {ROUTES[route.upper()] for route in routes}
    return [{**line, "route": route, "place": place, "states_routes": len(stated)} for route in routes]


def _find_names(name: str) -> list[str]:
    """The ingredients of the whole names within a longer name; a word of one is not read a second time."""
    text = f" {name.replace('-', ' ')} "
    if any(f" {word} " in text for word in ABSENT):
        return []
    found: list[str] = []
    for phrase, parts in PHRASES.items():
        if f" {phrase} " in text:
            text = text.replace(f" {phrase} ", " | ")
            found += parts
    return found


def _watched(drug: dict[str, str]) -> set[str]:
    """The published drugs, roll-ups and subclasses included, that one drug line names."""
    parts, names = _ingredients(drug), set()
    mixture = "CALCIUM CHLORIDE" in parts or "ASCORBIC ACID" in parts
    for part in parts:
        name = DRUGS.get(part)
        if name in ("ketamine", "esketamine"):
            names.add("ketamine_any")
        if name == "magnesium" and mixture:
            continue
        if name == "magnesium" and (subclass := _subclass(part, parts, ROUTES[drug["route"].upper()])):
            names.add(subclass)
        if name:
            names.add(name)
    return names


def _subclass(part: str, parts: list[str], route: str) -> str | None:
    if part == "MAGNESIUM HYDROXIDE" or "ALUMINUM HYDROXIDE" in parts:
        return "magnesium_gastrointestinal"
    if route in ("intravenous", "intramuscular", "parenteral_unspecified"):
        return "magnesium_parenteral"
    return "magnesium_oral" if part == "MAGNESIUM OXIDE" or route == "oral" else None


def _exposures(drugs: list[dict[str, Any]], inferred: bool = False) -> set[tuple[str, str]]:
    """Published drug and route that these drug lines of one case name; a route not stated may be inferred."""
    texts: dict[str, set[str]] = defaultdict(set)
    for drug in drugs:
        text = drug["route"].upper()
        if inferred and ROUTES[text] == "unknown":
            text = HINTS.get(drug["dose_vbm"], text)
        for name in drug["watched"]:
            texts[name].add(text)
    pairs = set()
    for name, said in texts.items():
        named = {text for text in said if ROUTES[text] != "unknown"}
        pairs |= {(name, "any")} | {(name, ROUTES[text]) for text in named}
        if not named:
            pairs.add((name, "unknown"))
        elif not named & SPOILS:
            pairs.add((name, "not_intravenous"))
    return pairs


def _reactions(terms: set[str]) -> set[tuple[str, str]]:
    narrow = {reaction for term in terms for reaction in NARROW.get(term, ())}
    broad = narrow | {reaction for term in terms for reaction in BROAD.get(term, ())}
    for found in (narrow, broad):
        if found & {"nausea", "vomiting"}:
            found.add("nausea_or_vomiting")
    return {(reaction, "narrow") for reaction in narrow} | {(reaction, "broad") for reaction in broad}


def _tally(cases: dict[str, Any], exposed: set[Any], reported: set[Any], group: Any) -> Counts:
    """Counts by drug, route, reaction, definition and group; a drug, route and group with a case has every row."""
    groups = {(drug, route, *group(cases[number])) for number, drug, route in exposed}
    counts: Counts = {}
    for drug, route, *rest in groups:
        inside = {n for n, d, r in exposed if (d, r, *group(cases[n])) == (drug, route, *rest)}
        unknown = {n for n, d, r in exposed if (d, r, *group(cases[n])) == (drug, "unknown", *rest)}
        for reaction in REACTIONS:
            for definition in ("narrow", "broad"):
                hit = [cases[n] for n in inside if (n, drug, route, reaction, definition) in reported]
                counts[(drug, route, reaction, definition, *rest)] = (
                    len(hit), sum(case["serious"] for case in hit), sum(case["fatal"] for case in hit),
                    sum(case["is_kept"] for case in hit),
                    len(inside), len(unknown),
                    min((case["first"] for case in hit if case["first"]), default=None),
                    max((case["last"] for case in hit), default=None),
                )  # fmt: skip
    return counts
