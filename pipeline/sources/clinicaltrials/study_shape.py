"""What a study record must state for its arms and adverse events to be counted: each lack is a reason against it.

The rules on trials that close the gate hold for every record that passes here, so that one malformed study is set
aside and does not stop the run. A record is also set aside that lists more than any study has: arms, interventions
and groups are compared with each other, so that ten thousand of them need more memory than a build has.
"""

from collections.abc import Iterator
from typing import Any

MAX_PEOPLE = 10_000_000  # no trial is larger: a count beyond it is a slip of the keyboard
MAX_PARTS = 250  # arms, interventions, names of one, groups: the largest master protocols have some dozens
MAX_TERMS = 50_000  # in one list: the Medical Dictionary for Regulatory Activities has half as many preferred terms
MAX_PREVIOUS_NUMBERS = 20  # a number listed is superseded: a study that lists hundreds would hide as many others


def find_shape_reasons(record: dict[str, Any]) -> list[str]:
    """Why the arms or the adverse events of a study record cannot be counted; [] if they can."""
    reasons = [*_identity_reasons(_at(record, "protocolSection", "identificationModule"))]
    reasons += _arm_reasons(_at(record, "protocolSection", "armsInterventionsModule"))
    events = _at(record, "resultsSection", "adverseEventsModule")
    reasons += [*_group_reasons(events), *_event_reasons(events)]
    return list(dict.fromkeys(reasons))


def _identity_reasons(module: dict[str, Any]) -> Iterator[str]:
    if not _is_stated(module.get("briefTitle")):
        yield "no brief title"
    yield from _length_reasons(module.get("nctIdAliases"), "previous numbers", MAX_PREVIOUS_NUMBERS)


def _arm_reasons(module: dict[str, Any]) -> Iterator[str]:
    interventions = module.get("interventions")
    yield from _list_reasons(interventions, "interventions")
    for number, intervention in enumerate(_objects(interventions), start=1):
        if not _is_stated(intervention.get("name")):
            yield f"intervention {number} has no name"
        yield from _length_reasons(intervention.get("otherNames"), f"names of intervention {number}")
    arms = module.get("armGroups")
    yield from _list_reasons(arms, "arms")
    for number, arm in enumerate(_objects(arms), start=1):
        if not _is_stated(arm.get("label")):
            yield f"arm {number} has no label"


def _group_reasons(module: dict[str, Any]) -> Iterator[str]:
    groups = module.get("eventGroups")
    yield from _list_reasons(groups, "groups of adverse events")
    for number, group in enumerate(_objects(groups), start=1):
        for field in ("id", "title"):
            if not _is_stated(group.get(field)):
                yield f"group {number} of adverse events has no {field}"
        yield from _people_reasons(group, f"group {number} of adverse events")


def _event_reasons(module: dict[str, Any]) -> Iterator[str]:
    for key in ("seriousEvents", "otherEvents"):
        events = module.get(key)
        yield from _list_reasons(events, key, MAX_TERMS)
        for number, event in enumerate(_objects(events), start=1):
            where = f"{key} {number}"
            if not _is_stated(event.get("term")):
                yield f"{where} has no term"
            stats = event.get("stats")
            if not isinstance(stats, list) or not stats:
                yield f"{where} has no list of counts"
            yield from _list_reasons(stats, f"counts of {where}")
            for count in _objects(stats):
                if not _is_stated(count.get("groupId")):
                    yield f"a count of {where} has no group"
                yield from _people_reasons(count, where)


def _list_reasons(value: Any, what: str, limit: int = MAX_PARTS) -> Iterator[str]:
    if value is not None and (not isinstance(value, list) or len(_objects(value)) < len(value)):
        yield f"the {what} are no list of objects"
    yield from _length_reasons(value, what, limit)


def _length_reasons(value: Any, what: str, limit: int = MAX_PARTS) -> Iterator[str]:
    if isinstance(value, list) and len(value) > limit:
        yield f"{len(value)} {what}, more than {limit}"


def _people_reasons(counts: dict[str, Any], where: str) -> Iterator[str]:
    for field, value in counts.items():
        if field.lower().endswith(("numaffected", "numatrisk")) and _is_absurd(value):
            yield f"{where}: {field} is {ascii(value)[:20]}"


def _is_absurd(value: Any) -> bool:
    try:
        return not 0 <= float(value) <= MAX_PEOPLE
    except (TypeError, ValueError):
        return False  # no number at all: nothing is known, and nothing is counted as known


def _at(record: dict[str, Any], *keys: str) -> dict[str, Any]:
    value: Any = record
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _is_stated(value: Any) -> bool:
    return isinstance(value, (str, int, float)) and not isinstance(value, bool) and str(value).strip() != ""


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
