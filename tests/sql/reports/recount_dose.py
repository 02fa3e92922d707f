"""The recount of doses, written a second time from the contract: what each dose of the random worlds means, the
bands, and how a case with several lines counts. It imports nothing of `pipeline` and reads no code list.
"""

from collections import Counter, defaultdict
from typing import Any

from tests.sql.reports.expected_codes import REACTIONS, ROUTES
from tests.sql.reports.recount_onset import select_lines

# text, amount, unit, frequency -> what it is: amounts by unit, or a word for why there is none
TEXTS = {
    "": "not_stated", "50 MG IV": {"mg": 50}, "20 MG BY MOUTH": {"mg": 20}, "0.5 mg/kg": {"mg/kg": 0.5},
    "10 MG, BID": {"mg": 10, "mg daily": 20}, "1-2 MG/KG": "in_doubt", "2 TABLETS": "other_unit", "UNK": "not_stated",
    "300 MG PER DAY": {"mg daily": 300}, "4 GRAMS": {"mg": 4000},
}  # fmt: skip
FIELDS = {
    ("", "", ""): None, ("0.5", "MG/KG", ""): {"mg/kg": 0.5}, ("20", "MG/KG", ""): {"mg/kg": 20},
    ("10", "MG", "BID"): {"mg": 10, "mg daily": 20}, ("100", "MG", "QD"): {"mg": 100, "mg daily": 100},
    ("4", "GM", ""): {"mg": 4000}, ("1,500", "MG", "TID"): {"mg": 1500, "mg daily": 4500},
    ("3", "DF", "QD"): "other_unit", ("10-20", "MG", "QD"): "in_doubt",
}  # fmt: skip
MG_PER_KG = [(0.15, "<0.15 mg/kg"), (0.35, "0.15 to <0.35 mg/kg"), (0.75, "0.35 to <0.75 mg/kg"),
             (1, "0.75 to <1 mg/kg"), (1e9, "1 mg/kg or more")]  # fmt: skip
# drug, route, unit -> whether a limit belongs to the band below it, and the bands by their upper limits
BANDS = {
    ("ketamine", "intravenous", "mg/kg"): (False, MG_PER_KG),
    ("ketamine", "intravenous", "mg"): (False, [(80, "<80 mg"), (200, "80 to <200 mg"), (1e9, "200 mg or more")]),
    ("ketamine", "intravenous", "mg/kg/h"): (False, []),
    ("ketamine", "intranasal", "mg"): (True, [(49.9, "<50 mg"), (100, "50 to 100 mg"), (1e9, ">100 mg")]),
    ("esketamine", "intranasal", "mg"): (
        True, [(28, "up to 28 mg"), (56, ">28 to 56 mg"), (84, ">56 to 84 mg"), (1e9, ">84 mg")],
    ),
    ("memantine", "oral", "mg daily"): (
        True, [(10, "up to 10 mg daily"), (20, ">10 to 20 mg daily"), (1e9, ">20 mg daily")],
    ),
    ("dextromethorphan", "oral", "mg daily"): (
        True, [(60, "up to 60 mg daily"), (120, ">60 to 120 mg daily"), (300, ">120 to 300 mg daily"),
               (1e9, ">300 mg daily")],
    ),
    ("amantadine", "oral", "mg daily"): (
        True, [(100, "up to 100 mg daily"), (200, ">100 to 200 mg daily"), (300, ">200 to 300 mg daily"),
               (1e9, ">300 mg daily")],
    ),
    ("magnesium", "intravenous", "mg"): (False, [(2000, "<2 g"), (4000.1, "2 to 4 g"), (1e9, ">4 g")]),
    ("ketamine", "oral", "mg/kg"): (True, [(0.49, "<0.5 mg/kg"), (1, "0.5 to 1 mg/kg"), (1e9, ">1 mg/kg")]),
    ("ketamine", "intramuscular", "mg/kg"): (True, [(0.99, "<1 mg/kg"), (4, "1 to 4 mg/kg"), (1e9, ">4 mg/kg")]),
}  # fmt: skip
LIMITS = {
    ("ketamine", "intravenous", "mg/kg"): 10, ("ketamine", "intravenous", "mg"): 1500,
    ("ketamine", "intramuscular", "mg/kg"): 20, ("ketamine", "oral", "mg/kg"): 10,
    ("ketamine", "intranasal", "mg"): 500,
    ("esketamine", "intranasal", "mg"): 168, ("memantine", "oral", "mg"): 112, ("memantine", "oral", "mg daily"): 112,
    ("dextromethorphan", "oral", "mg daily"): 3000, ("amantadine", "oral", "mg"): 1200,
    ("amantadine", "oral", "mg daily"): 1200, ("magnesium", "intravenous", "mg"): 40000,
}  # fmt: skip
REASONS = ("structured", "text", "in_doubt", "other_unit", "not_stated", "route_unknown")


def count_doses(cases: dict[str, Any], exposed: set[Any], reported: set[Any], suspect: Any) -> dict[Any, Any]:
    """By drug, route, band, reaction and definition: cases, serious, fatal, reasons, implausible, cases of the band,
    cases of the cell and those unknown."""
    dosed = {
        (number, drug, route): _judge(drug, select_lines(cases[number], drug, route, suspect))
        for number, drug, route in exposed
        if drug != "ketamine_any"
    }
    inside = defaultdict(set)
    for (number, drug, route), (band, *_) in dosed.items():
        inside[drug, route, band].add(number)
    counts = {}
    for (drug, route, band), numbers in inside.items():
        for reaction in REACTIONS:
            for definition in ("narrow", "broad"):
                hit = [n for n in numbers if (n, drug, route, reaction, definition) in reported]
                found = [(cases[n], *dosed[n, drug, route]) for n in hit]
                cell = [
                    dosed[n, drug, route][0]
                    for n in cases
                    if (n, drug, route) in dosed and (n, drug, route, reaction, definition) in reported
                ]
                bases = Counter(basis for _, _, basis, _ in found)
                counts[drug, route, band, reaction, definition] = (
                    len(hit), sum(case["serious"] for case, *_ in found), sum(case["fatal"] for case, *_ in found),
                    *(bases[reason] for reason in REASONS), sum(is_too_much for *_, is_too_much in found),
                    len(numbers), len(cell), cell.count("unknown"),
                )  # fmt: skip
    return counts


def _judge(drug: str, lines: list[dict[str, Any]]) -> tuple[str, str, bool]:
    """Band, reason and whether a dose is above the limit, of the lines of one drug by one route in a case."""
    dosed = "magnesium" if drug.startswith("magnesium") else drug
    read = [_read_line(dosed, line) for line in lines]
    bands = {band for band, _, _ in read if band}
    bases = [basis for _, basis, _ in read]
    is_too_much = any(too_much for *_, too_much in read)
    if "in_doubt" in bases:
        return "unknown", "in_doubt", is_too_much
    if len(bands) > 1:
        return "several", "several", is_too_much
    for basis in REASONS:
        if basis in bases:
            return (bands.pop() if basis in ("structured", "text") else "unknown"), basis, is_too_much
    return "not coded", "no_band", is_too_much


def _read_line(drug: str, line: dict[str, Any]) -> tuple[str | None, str, bool]:
    """Band or None, reason, and whether the dose is above the limit, of one line for one of its routes."""
    route = ROUTES[line["route"].upper()]
    meaning, source = _read_dose(line)
    if line["states_routes"] > 1 and isinstance(meaning, dict):
        meaning = "in_doubt"  # one dose beside two routes
    amounts = meaning if isinstance(meaning, dict) else {}
    is_too_much = any(value > LIMITS.get((drug, route, unit), 1e99) for unit, value in amounts.items())
    known = {unit for name, by, unit in BANDS if (name, by) == (drug, route)}
    if route == "unknown" or not known:
        return None, "route_unknown" if route == "unknown" else "no_band", is_too_much
    if not amounts:
        return None, str(meaning), is_too_much
    band = next((_find_band(drug, route, unit, amounts[unit]) for unit in known & set(amounts)), None)
    return band, source if band else "other_unit", is_too_much


def _find_band(drug: str, route: str, unit: str, value: float) -> str:
    is_included, bands = BANDS[drug, route, unit]
    return next(f"{route} {name}" for limit, name in bands if value < limit or (is_included and value == limit))


def _read_dose(line: dict[str, Any]) -> tuple[dict[str, float] | str, str]:
    """What a dose means, and whether the fields or the text say so: the fields first, unless the text contradicts."""
    text = TEXTS[line["dose_vbm"]]
    fields = FIELDS[line.get("dose_amt") or "", line.get("dose_unit") or "", line.get("dose_freq") or ""]
    if isinstance(fields, dict):
        return _complete_fields(fields, text), "structured"
    if fields == "other_unit":
        # pieces beside an amount: of one, or of all of them?
        return ("in_doubt" if isinstance(text, dict) or text == "in_doubt" else "other_unit"), ""
    return (fields or text), "text"


def _complete_fields(fields: dict[str, float], text: dict[str, float] | str) -> dict[str, float] | str:
    """The amounts of the fields, the day completed by the text; in doubt where the text states another amount."""
    if not isinstance(text, dict):
        return "in_doubt" if text == "in_doubt" else fields
    if "mg" in fields and "mg daily" not in fields and {"mg", "mg daily"} <= set(text):
        fields = {**fields, "mg daily": fields["mg"] * text["mg daily"] / text["mg"]}
    if "mg" in fields:
        said = {value for unit, value in text.items() if unit == "mg" or "mg" not in text}
        return fields if said <= {fields["mg"], fields.get("mg daily")} or "mg/kg" in text else "in_doubt"
    if "mg/kg" in fields and text.get("mg/kg", fields["mg/kg"]) != fields["mg/kg"]:
        return "in_doubt"
    return fields
