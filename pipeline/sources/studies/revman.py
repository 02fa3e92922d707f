"""Dichotomous outcomes of a RevMan 5 file (.rm5, XML) as rows of an extraction sheet.

What the file states in fields is taken: studies, years, outcomes, groups, subgroups, events and totals. What it
states in prose only (drug, route, population) is left to the code lists, which know whole labels; nothing in it is
verified.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.errors import DeliveryRefused
from pipeline.sources.studies.checking import SheetRecord, split_list
from pipeline.sources.studies.layout import LIST_MARK, NCT_NUMBER, SHEET_COLUMN_NAMES, WHOLE_NUMBER, YEAR
from pipeline.sources.studies.reading import MAX_CELL, MAX_ROWS, MAX_SHEET_BYTES

ROOT = "COCHRANE_REVIEW"
MAX_TEXT = 300
"""Characters of a name or label; a longer one is no label."""


def read_revman(path: Path) -> list[SheetRecord]:
    """Two rows for each study, outcome and subgroup: one for each group, in the order of the file.

    Raises DeliveryRefused with every error, each with the place in the file.
    """
    root = _parse(path)
    studies = {each.get("ID", ""): each for each in root.iterfind(".//STUDIES//STUDY")}
    errors: list[str] = []
    arms: dict[tuple[str, str, str], dict[str, dict[str, str]]] = {}
    for pair in _find_pairs(root, studies, errors):
        _add_pair(arms, pair)
    if errors:
        raise _refused(f"{len(errors)} errors: {'; '.join(errors)}", path.name)
    rows = [row for outcomes in arms.values() for row in outcomes.values()]
    if not rows:
        raise _refused("it holds no dichotomous outcome with data", path.name)
    if len(rows) > MAX_ROWS:
        raise _refused(f"it holds more than {MAX_ROWS} groups of studies", path.name)
    return [SheetRecord(number, row) for number, row in enumerate(rows, start=1)]


def _parse(path: Path) -> Any:
    """The root of the document. A document type with entities is refused: RevMan writes none."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    if path.stat().st_size > MAX_SHEET_BYTES:
        raise _refused(f"it has more than {MAX_SHEET_BYTES >> 20} MB", path.name)
    try:
        root = fromstring(path.read_bytes(), forbid_dtd=True)
    except DefusedXmlException as error:
        raise _refused(f"it declares a document type or entities ({type(error).__name__})", path.name) from error
    except (ParseError, LookupError, ValueError) as error:
        raise _refused(f"it is not XML: {error}", path.name) from error
    if root.tag != ROOT:
        raise _refused(f"its root element is {root.tag[:40]!r}, not {ROOT}", path.name)
    return root


Pair = dict[str, str]
"""One line of a forest plot, as text: study, year, registry_number, stratum, outcome, two groups and their counts."""


def _find_pairs(root: Any, studies: dict[str, Any], errors: list[str]) -> Iterator[Pair]:
    for comparison_number, comparison in enumerate(root.iterfind(".//COMPARISON"), start=1):
        for outcome_number, outcome in enumerate(comparison.iterfind("DICH_OUTCOME"), start=1):
            place = f"comparison {comparison.get('NO') or comparison_number}.{outcome.get('NO') or outcome_number}"
            labels = [_text(outcome, f"GROUP_LABEL_{side}") for side in (1, 2)]
            parts = [("", outcome), *((_text(each, "NAME"), each) for each in outcome.iterfind("DICH_SUBGROUP"))]
            lines = [(subgroup, line) for subgroup, part in parts for line in part.iterfind("DICH_DATA")]
            ids = [line.get("STUDY_ID", "") for _, line in lines]
            for subgroup, line in lines:
                found = list(_find_errors(line, studies, labels, _text(outcome, "NAME")))
                errors += [f"{place}, study {line.get('STUDY_ID', '')[:60]!r}: {error}" for error in found]
                if not found:
                    study = studies[line.get("STUDY_ID", "")]
                    yield {
                        **_describe_study(study),
                        "stratum": subgroup if ids.count(line.get("STUDY_ID", "")) > 1 else "",
                        "outcome": _text(outcome, "NAME"),
                        "review_group": str(comparison.get("NO") or comparison_number),
                        "source": f"RevMan file, {place}",
                        **{f"label_{side}": labels[side - 1] for side in (1, 2)},
                        **{
                            f"{what}_{side}": line.get(f"{what}_{side}", "")
                            for what in ("EVENTS", "TOTAL")
                            for side in (1, 2)
                        },
                    }


def _find_errors(line: Any, studies: dict[str, Any], labels: list[str], outcome: str) -> Iterator[str]:
    study = studies.get(line.get("STUDY_ID", ""))
    if study is None or not study.get("NAME", "").strip():
        yield "expected: the ID of a study of the file that has a name"
    elif not YEAR.match(study.get("YEAR", "").strip()):
        yield f"YEAR is {study.get('YEAR', '')[:20]!r}; expected: four digits"
    for name in [outcome, *labels]:
        if not name or len(name) > MAX_TEXT or LIST_MARK in name:
            yield f"{name[:60]!r}; expected: a name of the outcome and labels of both groups, without '{LIST_MARK}'"
    for side in (1, 2):
        events, total = line.get(f"EVENTS_{side}", ""), line.get(f"TOTAL_{side}", "")
        if not WHOLE_NUMBER.fullmatch(events) or not WHOLE_NUMBER.fullmatch(total):
            yield f"EVENTS_{side} is {events[:20]!r} and TOTAL_{side} {total[:20]!r}; expected: whole numbers"
        elif not int(events) <= int(total) or int(total) == 0:
            yield f"EVENTS_{side} is {events} and TOTAL_{side} {total}; expected: events among participants"


def _describe_study(study: Any) -> dict[str, str]:
    numbers = [each.get("VALUE", "").strip() for each in study.iterfind(".//IDENTIFIER")]
    return {
        "study": study.get("NAME", "").strip()[:MAX_CELL],
        "year": study.get("YEAR", "").strip()[:4],
        "registry_number": next((number for number in numbers if NCT_NUMBER.fullmatch(number)), ""),
    }


def _add_pair(arms: dict[tuple[str, str, str], dict[str, dict[str, str]]], pair: Pair) -> None:
    """Add both groups of a line. A group that other lines hold with the same counts is the same arm."""
    names = []
    for side in (2, 1):
        counts = {"participants_analysed": pair[f"TOTAL_{side}"], "events": pair[f"EVENTS_{side}"]}
        label = pair[f"label_{side}"]
        for name in (label, f"{label} ({pair['source'].removeprefix('RevMan file, ')})"):
            outcomes = arms.setdefault((pair["study"], pair["stratum"], name), {})
            earlier = outcomes.get(pair["outcome"])
            if earlier is None or all(earlier[key] == value for key, value in counts.items()):
                break
        names.append(name)
        row = outcomes.setdefault(pair["outcome"], dict.fromkeys(SHEET_COLUMN_NAMES, ""))
        if not row["study"]:
            row |= {key: pair[key] for key in ("study", "year", "registry_number", "stratum", "outcome", "source")}
            row |= {"allocation": "not stated", "design": "not stated", "population": "unknown", "arm": name}
            row |= {"ascertainment": "not stated", "verified": "no", "drug": label, **counts}
    if names[0] not in split_list(row["comparator_arm"]):
        for column, part in (("comparator_arm", names[0]), ("review_group", pair["review_group"])):
            row[column] = f"{row[column]}{LIST_MARK} {part}" if row[column] else part


def _text(element: Any, name: str) -> str:
    """The text of a child, in one line; empty where there is none."""
    return " ".join((element.findtext(name) or "").split())


def _refused(what: str, where: str) -> DeliveryRefused:
    return DeliveryRefused(what, where=where, todo="export the review from RevMan 5 again, or enter it into a sheet")
