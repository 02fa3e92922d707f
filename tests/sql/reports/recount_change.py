"""An independent recount, in plain Python, of what changed between two builds: which cases came and went, and why."""

from typing import Any

from tests.sql.reports.recount import _bare, _find_owners, _is_removed, _list_numbered, recount

ORDER = ("deletion", "new_case", "new_version", "other_case_number", "reissue", "code_list", "code")
Version = tuple[str, str]  # period and report number


def recount_change(before: list[Any], now: list[Any], *, is_other_code: bool) -> dict[str, Any]:
    """Changed cases (thing, column, case -> change and all reasons) and changed counts (thing, column -> counts and
    numbers of cases that came and went), for two lists of deliveries."""
    was, will = ([each for each in deliveries if each.is_current] for deliveries in (before, now))
    old, new = recount(was), recount(will)
    members_before, members_now = _list_members(old), _list_members(new)
    changed = {}
    for thing, column, case in members_before ^ members_now:
        change = "gained" if (thing, column, case) in members_now else "lost"
        reasons = _find_reasons(case, was, will, old["cases"].get(case), new["cases"].get(case))
        reasons += ["code"] if is_other_code else []
        changed[(thing, column, case)] = (change, " ".join(reasons) or "unexplained")
    things = {(thing, column) for thing, column, _ in changed}
    counts = {
        thing: (
            _count(members_before, thing),
            _count(members_now, thing),
            sum(key[:2] == thing and change == "gained" for key, (change, _) in changed.items()),
            sum(key[:2] == thing and change == "lost" for key, (change, _) in changed.items()),
        )
        for thing in things
    }
    return {"cases": changed, "counts": counts}


def _list_members(counted: dict[str, Any]) -> set[tuple[str, str, str]]:
    """Every count with each case behind it."""
    members = {
        (f"faers | {drug} | {route}", "drug_route_case_count", case) for case, drug, route in counted["exposed"]
    }
    for case, *cell in counted["reported"]:
        thing = " | ".join(("faers", *cell))
        *_, is_serious, is_fatal = counted["cases"][case]
        members.add((thing, "case_count", case))
        members |= {(thing, "serious_case_count", case)} if is_serious else set()
        members |= {(thing, "fatal_case_count", case)} if is_fatal else set()
    return members


def _count(members: set[tuple[str, str, str]], thing: tuple[str, str]) -> int:
    return sum(member[:2] == thing for member in members)


def _find_reasons(case: str, was: list[Any], will: list[Any], old: Any, new: Any) -> list[str]:
    """What arrived, left or was withdrawn of one case. old, new: its facts as recount has them, None where gone."""
    landed_before, landed_now = _list_states(case, was), _list_states(case, will)
    counted_before: Version | None = (old[2], old[0]) if old else None
    counted_now: Version | None = (new[2], new[0]) if new else None
    lost_contents = {(each.period, repr(each.tables)) for each in was} - {
        (each.period, repr(each.tables)) for each in will
    }
    replaced = {period for period, _ in lost_contents}
    # What the other build says of the version that each of the two counts.
    other_states = {landed_now.get(counted_before), landed_before.get(counted_now)}
    holds = {
        "deletion": "deleted" in other_states,
        "other_case_number": "elsewhere" in other_states,
        "new_case": counted_now is not None and not landed_before,
        "new_version": counted_now is not None and bool(landed_before) and counted_now not in landed_before,
        "reissue": (counted_before is not None and counted_before not in landed_now)
        or (counted_before is not None and counted_before[0] in replaced)
        or (counted_now in landed_before and counted_now is not None and counted_now[0] in replaced),
    }
    return [reason for reason in ORDER if holds.get(reason)]


def _list_states(case: str, deliveries: list[Any]) -> dict[Version | None, str]:
    """Each landed version of a case: deleted, counted elsewhere, or neither."""
    numbered = _list_numbered(deliveries)
    remaining = [pair for pair in numbered if not _is_removed(deliveries, *pair)]
    owners = _find_owners(remaining)
    states: dict[Version | None, str] = {}
    for delivery, row in numbered:
        if _bare(row["caseid"]) != case:
            continue
        report = _bare(row["primaryid"])
        state = "stands"
        if _is_removed(deliveries, delivery, row):
            state = "deleted"
        elif delivery.era == "laers" and owners.get(report, case) != case:
            state = "elsewhere"
        states[(delivery.period, report)] = state
    return states
