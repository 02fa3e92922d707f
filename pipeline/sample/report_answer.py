"""The expected results of the invented reports, counted from the author's intent and independent of the pipeline."""

from collections import Counter, defaultdict

from pipeline.sample.cases import SUSPECT_ROLES, Reports, Version
from pipeline.sample.terms import REACTIONS, TERMS
from pipeline.sample.vocabulary import LEGACY_PERIODS

Row = dict[str, object]
_SEXES = {"F": "female", "M": "male"}
_AGE_BANDS = ((75, "75+"), (65, "65-74"), (45, "45-64"), (18, "18-44"), (0, "0-17"))


def normalize_case_number(version: Version) -> str:
    """Return the case number without leading zeros, under which the versions of a case belong together."""
    return version.case_id.lstrip("0")


def select_current_versions(reports: Reports) -> dict[str, Version]:
    """Select the current version of each case: not withdrawn, of the modern era if there is one, then the latest."""
    current: dict[str, Version] = {}
    for version in reports.versions:
        number = normalize_case_number(version)
        if is_withdrawn(reports, version):
            continue
        if number not in current or _rank(current[number]) < _rank(version):
            current[number] = version
    return current


def is_withdrawn(reports: Reports, version: Version) -> bool:
    """Return whether a deletion list of the version's own or a later period names its case."""
    number = normalize_case_number(version)
    return any(number in listed and version.period <= period for period, listed in reports.deletions.items())


def _rank(version: Version) -> tuple[bool, int, str, int, str]:
    """Order by version, date and period in the modern era, by date and report number in the legacy era."""
    if version.is_legacy:
        return (False, 0, version.received, int(version.primary_id), version.period)
    return (True, version.number, version.received, 0, version.period)


def find_routes(version: Version) -> dict[str, set[str]]:
    """Find, per suspect drug, every route row in which a case counts, roll-ups included."""
    named: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for record in version.drugs:
        if record.role in SUSPECT_ROLES:
            for drug in record.product.drugs:
                named[drug].append((record.route.standard, record.route.contrast))
    found = {}
    for drug, records in named.items():
        stated = [(standard, contrast) for standard, contrast in records if contrast != "not_named"]
        rows = {"any", *(standard for standard, _ in stated)} if stated else {"any", "unknown"}
        if stated and all(contrast == "other_known" for _, contrast in stated):
            rows.add("not_intravenous")
        found[drug] = rows
    return found


def find_reactions(version: Version) -> set[tuple[str, str]]:
    """Find each reaction and definition that the case reports; what is narrow is broad as well."""
    meant = {group for term in version.terms for group in TERMS.get(term, ())}
    narrow = {group for group in meant if not group.startswith("+")}
    broad = {group.removeprefix("+") for group in meant}
    return {(group, "narrow") for group in narrow} | {(group, "broad") for group in broad}


def count_reported(current: dict[str, Version], duplicated_cases: set[str]) -> list[Row]:
    """Count by drug and route: a row for every reaction and definition of each drug and route that has a case."""
    members: dict[tuple[str, str], set[str]] = defaultdict(set)
    for number, version in current.items():
        for drug, routes in find_routes(version).items():
            for route in routes:
                members[drug, route].add(number)
    rows = []
    for (drug, route), numbers in sorted(members.items()):
        unknown = len(members.get((drug, "unknown"), ()))
        for reaction in REACTIONS:
            for definition in ("narrow", "broad"):
                with_both = [
                    current[number] for number in numbers if (reaction, definition) in find_reactions(current[number])
                ]
                rows.append(
                    _make_row(drug, route, reaction, definition, with_both)
                    | {
                        "case_count_deduplicated": sum(
                            normalize_case_number(case) not in duplicated_cases for case in with_both
                        )
                    }
                    | {"drug_route_case_count": len(numbers), "route_unknown_case_count": unknown}
                )
    return rows


def _make_row(drug: str, route: str, reaction: str, definition: str, cases: list[Version]) -> Row:
    return {
        "source": "faers",
        "drug": drug,
        "route": route,
        "reaction": reaction,
        "definition": definition,
        "case_count": len(cases),
        "serious_case_count": sum(bool(case.outcomes) for case in cases),
        "fatal_case_count": sum("DE" in case.outcomes for case in cases),
    }


def count_by_quarter(reports: Reports, current: dict[str, Version]) -> list[Row]:
    """Count cases per drug, narrow reaction and quarter of first receipt, by any route; zeros are left out."""
    cells: Counter[tuple[str, str, str]] = Counter()
    for number, version in current.items():
        quarter = _find_first_quarter(reports, number, version)
        for drug in find_routes(version):
            for reaction, definition in find_reactions(version):
                if definition == "narrow":
                    cells[drug, reaction, quarter] += 1
    names = ("drug", "reaction", "quarter")
    return [
        dict(zip(names, key, strict=True)) | {"route": "any", "definition": "narrow", "case_count": count}
        for key, count in sorted(cells.items())
    ]


def count_by_patient(current: dict[str, Version]) -> list[Row]:
    """Count cases per drug and narrow reaction, any route, by age band, sex, country and urgency; zeros left out."""
    cells: Counter[tuple[str, ...]] = Counter()
    for version in current.values():
        expedited = "expedited" if version.report_kind == "EXP" else "not expedited"
        patient = (_find_age_band(version.age), _SEXES.get(version.sex, "not stated"), version.country, expedited)
        for drug in find_routes(version):
            for reaction, definition in find_reactions(version):
                if definition == "narrow":
                    cells[drug, reaction, *patient] += 1
    names = ("drug", "reaction", "age_band", "sex", "country", "expedited")
    return [
        dict(zip(names, key, strict=True)) | {"route": "any", "definition": "narrow", "case_count": count}
        for key, count in sorted(cells.items())
    ]


def _find_age_band(age: str) -> str:
    """Return the band of an age in years, the unit of every invented age."""
    if not age:
        return "not stated"
    return next(band for least, band in _AGE_BANDS if int(age) >= least)


def _find_first_quarter(reports: Reports, number: str, version: Version) -> str:
    """Return the quarter of the stated first date; in the legacy layout, which has none, of the earliest landed."""
    date = version.first_received
    if version.period in LEGACY_PERIODS:
        date = min(other.received for other in reports.versions if normalize_case_number(other) == number)
    return f"{date[:4]}Q{(int(date[4:6]) + 2) // 3}"


def count_attrition(reports: Reports, current: dict[str, Version]) -> Row:
    """Count the report versions sent, and those that do not count, by reason."""
    withdrawn = sum(is_withdrawn(reports, version) for version in reports.versions)
    numbers = {normalize_case_number(version) for version in reports.versions}
    return {
        "report_version_count": len(reports.versions),
        "case_count_ever_received": len(numbers),
        "withdrawn_version_count": withdrawn,
        "withdrawn_case_count": len(numbers) - len(current),
        "superseded_version_count": len(reports.versions) - withdrawn - len(current),
        "current_case_count": len(current),
    }
