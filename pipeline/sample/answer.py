"""The known answer, counted from what the author meant and from nothing the pipeline made."""

from collections import Counter, defaultdict

from pipeline.sample.cases import SUSPECT_ROLES, Reports, Version
from pipeline.sample.terms import REACTIONS, TERMS
from pipeline.sample.vocabulary import LEGACY_PERIODS

Row = dict[str, object]
_SEXES = {"F": "female", "M": "male"}
_AGE_BANDS = ((75, "75+"), (65, "65-74"), (45, "45-64"), (18, "18-44"), (0, "0-17"))


def case_number(version: Version) -> str:
    return version.case_id.lstrip("0")


def current_versions(reports: Reports) -> dict[str, Version]:
    """The version of each case that stands: not withdrawn, then by era, version, date, period, report number."""
    standing: dict[str, Version] = {}
    for version in reports.versions:
        number = case_number(version)
        if is_withdrawn(reports, version):
            continue
        if number not in standing or _rank(standing[number]) < _rank(version):
            standing[number] = version
    return standing


def is_withdrawn(reports: Reports, version: Version) -> bool:
    """A deletion list takes the versions of its own and earlier periods; a later one returns."""
    number = case_number(version)
    return any(number in listed and version.period <= period for period, listed in reports.deletions.items())


def _rank(version: Version) -> tuple[bool, int, str, str, int]:
    return (not version.is_legacy, version.number, version.received, version.period, int(version.primary_id))


def routes_by_drug(version: Version) -> dict[str, set[str]]:
    """Every route row, roll-ups among them, in which a case counts for each drug it suspects."""
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


def groups_of(version: Version) -> set[tuple[str, str]]:
    """Each reaction and definition the case reports; whatever is narrow is broad as well."""
    meant = {group for term in version.terms for group in TERMS.get(term, ())}
    narrow = {group for group in meant if not group.startswith("+")}
    broad = {group.removeprefix("+") for group in meant}
    return {(group, "narrow") for group in narrow} | {(group, "broad") for group in broad}


def count_reported(standing: dict[str, Version], told_again: set[str]) -> list[Row]:
    """The tally by drug and route: a row for every reaction and definition of each drug and route that has a case."""
    members: dict[tuple[str, str], set[str]] = defaultdict(set)
    for number, version in standing.items():
        for drug, routes in routes_by_drug(version).items():
            for route in routes:
                members[drug, route].add(number)
    rows = []
    for (drug, route), numbers in sorted(members.items()):
        unknown = len(members.get((drug, "unknown"), ()))
        for reaction in REACTIONS:
            for definition in ("narrow", "broad"):
                with_both = [
                    standing[number] for number in numbers if (reaction, definition) in groups_of(standing[number])
                ]
                rows.append(
                    _row(drug, route, reaction, definition, with_both)
                    | {"case_count_deduplicated": sum(case_number(case) not in told_again for case in with_both)}
                    | {"drug_route_case_count": len(numbers), "route_unknown_case_count": unknown}
                )
    return rows


def _row(drug: str, route: str, reaction: str, definition: str, cases: list[Version]) -> Row:
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


def count_by_quarter(reports: Reports, standing: dict[str, Version]) -> list[Row]:
    """Cases of each drug, narrow reactions, by quarter of first receipt, whatever the route; zeros left out."""
    cells: Counter[tuple[str, str, str]] = Counter()
    for number, version in standing.items():
        quarter = _first_quarter(reports, number, version)
        for drug in routes_by_drug(version):
            for reaction, definition in groups_of(version):
                if definition == "narrow":
                    cells[drug, reaction, quarter] += 1
    names = ("drug", "reaction", "quarter")
    return [
        dict(zip(names, key, strict=True)) | {"route": "any", "definition": "narrow", "case_count": count}
        for key, count in sorted(cells.items())
    ]


def count_by_patient(standing: dict[str, Version]) -> list[Row]:
    """Cases of each drug, narrow reactions, any route, by age band, sex, country and urgency; zeros left out."""
    cells: Counter[tuple[str, ...]] = Counter()
    for version in standing.values():
        expedited = "expedited" if version.report_kind == "EXP" else "not expedited"
        patient = (_age_band(version.age), _SEXES.get(version.sex, "not stated"), version.country, expedited)
        for drug in routes_by_drug(version):
            for reaction, definition in groups_of(version):
                if definition == "narrow":
                    cells[drug, reaction, *patient] += 1
    names = ("drug", "reaction", "age_band", "sex", "country", "expedited")
    return [
        dict(zip(names, key, strict=True)) | {"route": "any", "definition": "narrow", "case_count": count}
        for key, count in sorted(cells.items())
    ]


def _age_band(age: str) -> str:
    """The band of an age in years; every invented age is one."""
    if not age:
        return "not stated"
    return next(band for least, band in _AGE_BANDS if int(age) >= least)


def _first_quarter(reports: Reports, number: str, version: Version) -> str:
    """By the stated first date; the legacy layout states none, so by the earliest date that was landed."""
    date = version.first_received
    if version.period in LEGACY_PERIODS:
        date = min(other.received for other in reports.versions if case_number(other) == number)
    return f"{date[:4]}Q{(int(date[4:6]) + 2) // 3}"


def count_attrition(reports: Reports, standing: dict[str, Version]) -> Row:
    """How many report versions were sent, and why those that do not count do not."""
    withdrawn = sum(is_withdrawn(reports, version) for version in reports.versions)
    numbers = {case_number(version) for version in reports.versions}
    return {
        "report_version_count": len(reports.versions),
        "case_count_ever_received": len(numbers),
        "withdrawn_version_count": withdrawn,
        "withdrawn_case_count": len(numbers) - len(standing),
        "superseded_version_count": len(reports.versions) - withdrawn - len(standing),
        "current_case_count": len(standing),
    }
