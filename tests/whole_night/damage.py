"""Studies and report lines that are damaged in one place each, made from real or invented sound ones."""

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Place = tuple[str | int, ...]
ODD_TEXT = "\x1b]0;owned\x07 \u202ecod.exe\r\nline two \u2028 \ufeff"
VALUES: dict[str, Any] = {
    "null": None,
    "empty text": "",
    "blank text": " \u00a0 ",
    "empty list": [],
    "empty object": {},
    "list of null": [None],
    "list of empty objects": [{}],
    "negative": -1,
    "huge": 3_000_000_000,
    "fraction": 0.5,
    "true": True,
    "full-width digits": "\uff11\uff12\uff13",
    "odd text": ODD_TEXT,
    "long text": "ketamine " * 3000,
    "no date": "2026-13-45",
    "ancient date": "0001-01-01",
    "far date": "9999-12-31",
    "text for a number": "NA",
    "number with exponent": "1e400",
}


@dataclass(frozen=True)
class Damage:
    """A study with one fault: what was done, where, and the record as text."""

    nct_id: str
    what: str
    record: dict[str, Any]


def take_study(folder: Path) -> dict[str, Any]:
    """A real study with posted adverse events, of a drug against placebo; the drug is renamed to a watched one, and
    long lists and texts are cut, so that hundreds of copies stay small."""
    text = (folder / "NCT02210780.json").read_text()
    study: dict[str, Any] = json.loads(text.replace("Dupilumab", "Ketamine IV").replace("dupilumab", "ketamine IV"))
    study.pop("derivedSection", None)
    _cut(study)
    return study


def _cut(value: Any) -> Any:
    if isinstance(value, dict):
        for key, each in value.items():
            value[key] = _cut(each)
    if isinstance(value, list):
        return [_cut(each) for each in value[:3]]
    return value[:200] if isinstance(value, str) else value


def find_places(value: Any, place: Place = ()) -> Iterator[Place]:
    """Every place of a record: in lists, the first element stands for all."""
    if place:
        yield place
    if isinstance(value, dict):
        for key, each in value.items():
            yield from find_places(each, (*place, key))
    if isinstance(value, list) and value:
        yield from find_places(value[0], (*place, 0))


def damage_every_place(study: dict[str, Any], first_number: int, part: int = 0, parts: int = 1) -> Iterator[Damage]:
    """A copy of the study for each place and each way to damage it, under numbers of their own; of all of them every
    parts-th, from part on."""
    ways = [(place, way) for place in find_places(study) for way in ("removed", "twice", *VALUES)]
    for number, (place, way) in list(enumerate(ways, start=first_number))[part::parts]:
        damaged = name_study(study, number)
        if apply(damaged, place, way):
            yield Damage(nct_of(number), f"{'.'.join(map(str, place))}: {way}", damaged)


def apply(study: dict[str, Any], place: Place, way: str) -> bool:
    """Damage one place of a study; False where this way does not apply to it."""
    parent: Any = study
    for key in place[:-1]:
        parent = parent[key]
    key = place[-1]
    if way == "removed":
        del parent[key]
    elif way == "twice":
        if not isinstance(parent, list):
            return False
        parent.insert(0, copy.deepcopy(parent[key]))
    else:
        parent[key] = copy.deepcopy(VALUES[way])
    return True


def nct_of(number: int) -> str:
    return f"NCT{number:08d}"


def name_study(study: dict[str, Any], number: int) -> dict[str, Any]:
    named = copy.deepcopy(study)
    named["protocolSection"]["identificationModule"]["nctId"] = nct_of(number)
    return named


Change = Callable[[dict[str, Any]], None]


def _events(study: dict[str, Any]) -> dict[str, Any]:
    module: dict[str, Any] = study["resultsSection"]["adverseEventsModule"]
    return module


def _arms(study: dict[str, Any]) -> dict[str, Any]:
    module: dict[str, Any] = study["protocolSection"]["armsInterventionsModule"]
    return module


def _status(study: dict[str, Any]) -> dict[str, Any]:
    module: dict[str, Any] = study["protocolSection"]["statusModule"]
    return module


def _stat(study: dict[str, Any]) -> dict[str, Any]:
    stat: dict[str, Any] = _events(study)["otherEvents"][0]["stats"][0]
    return stat


def _many_drugs(study: dict[str, Any]) -> None:
    _arms(study)["interventions"] = [
        {"type": "DRUG", "name": f"Ketamine {number} mg", "armGroupLabels": ["x"]} for number in range(10_000)
    ]


def _many_names(study: dict[str, Any]) -> None:
    _arms(study)["interventions"][0]["otherNames"] = [f"Ketalar {number}" for number in range(10_000)]


def _many_groups(study: dict[str, Any]) -> None:
    group = _events(study)["eventGroups"][0]
    _events(study)["eventGroups"] += [
        group | {"id": f"EX{number:04d}", "title": "Ketamine"} for number in range(2000)
    ]


def _many_arms(study: dict[str, Any]) -> None:
    _arms(study)["armGroups"] = [{"label": f"Ketamine {number}", "type": "EXPERIMENTAL"} for number in range(2000)]


def _leave_nobody_at_risk(study: dict[str, Any]) -> None:
    for event in _events(study)["otherEvents"]:
        for stat in event["stats"]:
            stat["numAtRisk"] = 0


def _title_groups_alike(study: dict[str, Any]) -> None:
    for group in _events(study)["eventGroups"]:
        group["title"] = "Ketamine"


NAMED: dict[str, Change] = {
    "more affected than at risk": lambda study: _stat(study).update(numAffected=10_000, numAtRisk=10),
    "more events than affected": lambda study: _stat(study).update(numEvents=1, numAffected=9),
    "nobody at risk": lambda study: (
        [  # type: ignore[func-returns-value]
            stat.update(numAtRisk=0) for event in _events(study)["otherEvents"] for stat in event["stats"]
        ]
        and None
    ),
    "two groups with one id": lambda study: _events(study)["eventGroups"].append(_events(study)["eventGroups"][0]),
    "one group twice in an event": lambda study: _events(study)["otherEvents"][0]["stats"].append(dict(_stat(study))),
    "one group twice with two counts": lambda study: _events(study)["otherEvents"][0]["stats"].append(
        _stat(study) | {"numAffected": 7}
    ),
    "one term twice": lambda study: _events(study)["otherEvents"].append(_events(study)["otherEvents"][0]),
    "counts of a group not declared": lambda study: _stat(study).update(groupId="EG999"),
    "group titles alike": lambda study: (
        [  # type: ignore[func-returns-value]
            group.update(title="Ketamine") for group in _events(study)["eventGroups"]
        ]
        and None
    ),
    "no arms": lambda study: _arms(study).update(armGroups=[]),
    "arms alike": lambda study: _arms(study).update(armGroups=[_arms(study)["armGroups"][0]] * 3),
    "no interventions": lambda study: _arms(study).update(interventions=[]),
    "interventions alike": lambda study: _arms(study).update(interventions=[_arms(study)["interventions"][0]] * 3),
    "ten thousand drugs": _many_drugs,
    "ten thousand names of a drug": _many_names,
    "two thousand groups": _many_groups,
    "two thousand arms": _many_arms,
    "threshold above 100": lambda study: _events(study).update(frequencyThreshold="500"),
    "threshold below 0": lambda study: _events(study).update(frequencyThreshold="-5"),
    "threshold in words": lambda study: _events(study).update(frequencyThreshold="five percent"),
    "completed before it began": lambda study: _status(study).update(
        startDateStruct={"date": "2030-01"}, completionDateStruct={"date": "1990-01"}
    ),
    "updated in the future": lambda study: _status(study).update(lastUpdatePostDateStruct={"date": "2999-01-01"}),
    "a previous number that is its own": lambda study: study["protocolSection"]["identificationModule"].update(
        nctIdAliases=[study["protocolSection"]["identificationModule"]["nctId"]]
    ),
    "previous numbers that are none": lambda study: study["protocolSection"]["identificationModule"].update(
        nctIdAliases=["", None, "NCT\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18", "x" * 5000]
    ),
    "a thousand previous numbers": lambda study: study["protocolSection"]["identificationModule"].update(
        nctIdAliases=[nct_of(98_000_000 + number) for number in range(1000)]
    ),
    "full-width digits in its number": lambda study: study["protocolSection"]["identificationModule"].update(
        nctId="NCT\uff10\uff10\uff10\uff10\uff10\uff10\uff10\uff11"
    ),
}


def damage_by_name(study: dict[str, Any], first_number: int) -> Iterator[Damage]:
    """A copy of the study for each named fault."""
    for number, (what, change) in enumerate(NAMED.items(), start=first_number):
        damaged = name_study(study, number)
        change(damaged)
        yield Damage(nct_of(number), what, damaged)


FIELD_VALUES = {
    "empty": "",
    "blank": "   ",
    "negative": "-1",
    "huge": "99999999999999999999",
    "not a number": "NaN",
    "full-width digits": "\uff11\uff12\uff13",
    "odd text": "\x1b]0;owned\x07 \u202ecod.exe",
    "long text": "KETAMINE " * 3000,
    "no date": "20261345",
    "ancient date": "00010101",
    "far date": "99991231",
}
LINE_WAYS: dict[str, Callable[[str], str]] = {
    "a field too many": lambda line: f"{line}$extra",
    "a field too few": lambda line: line.rpartition("$")[0],
    "cut in the middle": lambda line: line[: len(line) // 2],
    "a NUL inside": lambda line: f"{line[:5]}\0{line[5:]}",
    "twice": lambda line: f"{line}\r\n{line}",
}


def damage_lines(members: dict[str, bytes]) -> tuple[dict[str, bytes], list[str]]:
    """A quarter with every column of every table damaged in every way, each on a line of its own that is otherwise
    sound; and what was done. The lines are spread over each member."""
    damaged, done = {}, []
    for name, content in members.items():
        end = "\r\n" if b"\r\n" in content else "\n"
        header, *lines = content.decode("utf-8").rstrip(end).split(end)
        columns = header.split("$")
        if len(columns) > 2:
            ways = [(column, way) for column in range(len(columns)) for way in FIELD_VALUES]
            ways += [(-1, way) for way in LINE_WAYS]
            step = len(lines) / len(ways)
            if step < 1:
                raise ValueError(f"{name} has {len(lines)} lines, fewer than the {len(ways)} ways to damage one")
            for number, (column, way) in enumerate(ways):
                place = int(number * step)
                done.append(f"{name}, {columns[column] if column >= 0 else 'the line'}: {way}")
                if column < 0:
                    lines[place] = LINE_WAYS[way](lines[place])
                else:
                    fields = lines[place].split("$")
                    fields[column] = FIELD_VALUES[way]
                    lines[place] = "$".join(fields)
        damaged[name] = (end.join([header, *lines]) + end).encode("utf-8")
    return damaged, done
