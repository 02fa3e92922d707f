"""An independent recount of what trials show, from the intent of an invented register.

It imports nothing of the pipeline. A `Trial` states what each group of participants was given; `write_records` writes
it as the registry would; `recount` counts it by the rules of the contract, row by row, in plain loops.
"""

import random
from collections import defaultdict
from dataclasses import dataclass, field, replace
from math import floor
from typing import Any

TERMS = {
    ("nausea", "narrow"): {"Nausea"},
    ("nausea", "broad"): {"Nausea", "Retching"},
    ("vomiting", "narrow"): {"Vomiting", "Emesis"},
    ("vomiting", "broad"): {"Vomiting", "Emesis", "Retching"},
    ("nausea_or_vomiting", "narrow"): {"Nausea", "Vomiting", "Emesis", "Nausea/vomiting"},
    ("nausea_or_vomiting", "broad"): {"Nausea", "Vomiting", "Emesis", "Nausea/vomiting", "Retching"},
    ("hallucination", "narrow"): {"Hallucination", "Hallucination, visual", "Hallucinations"},
    ("hallucination", "broad"): {"Hallucination", "Hallucination, visual", "Hallucinations", "Delirium"},
    ("confusion", "narrow"): {"Confusional state", "Disorientation"},
    ("confusion", "broad"): {"Confusional state", "Disorientation", "Delirium"},
    ("dissociation", "narrow"): {"Dissociation"},
    ("dissociation", "broad"): {"Dissociation"},
    ("paranoia", "narrow"): set(),
    ("paranoia", "broad"): set(),
    ("psychotomimetic_effect", "narrow"): {
        "Hallucination", "Hallucination, visual", "Hallucinations", "Confusional state", "Disorientation",
        "Dissociation", "Delirium", "Emergence reaction",
    },
    ("headache", "narrow"): {"Headache"},
    ("dizziness", "narrow"): {"Dizziness"},
    ("sedation", "narrow"): set(),
}  # fmt: skip
PARTS = {
    "nausea_or_vomiting": ("nausea", "vomiting"),
    "psychotomimetic_effect": ("hallucination", "paranoia", "confusion", "dissociation"),
}
WITHDRAWAL = "withdrawal_for_adverse_event"
OUTCOMES = [*TERMS, ("any_adverse_event", "narrow"), ("serious_adverse_event", "narrow"), (WITHDRAWAL, "narrow")]
ALL_TERMS = sorted({term for terms in TERMS.values() for term in terms} | {"Rash"})
# reasons for leaving as posted, and whether each is an adverse event (None: one beside another reason)
REASONS = {
    "Adverse Event": True,
    "Side effects": True,
    "Adverse event or withdrawal by subject": None,
    "Lost to Follow-up": False,
    "Reasons other than adverse event": False,
}
DRUGS = {
    "Ketamine": "ketamine",
    "Esketamine": "esketamine",
    "Memantine": "memantine",
    "Dextromethorphan/quinidine": "dextromethorphan",
    "Amantadine": "amantadine",
    "Magnesium sulfate": "magnesium",
}
ROUTES = {
    "intravenous": "intravenous",
    "intramuscular": "intramuscular",
    "intranasal": "intranasal",
    "oral": "oral",
    "epidural": "epidural",
    "": "unknown",
}
CONTROLS = {
    "Placebo": ("PLACEBO_COMPARATOR", "placebo"),
    "Saline": ("PLACEBO_COMPARATOR", "placebo"),
    "Midazolam": ("ACTIVE_COMPARATOR", "active_placebo"),
    "Morphine": ("ACTIVE_COMPARATOR", "active"),
    "No treatment": ("NO_INTERVENTION", "no_treatment"),
}
POPULATIONS = {
    "Neuropathic Pain": "chronic_pain",
    "Major Depressive Disorder": "depression",
    "Anesthesia": "anaesthesia",
    "Alzheimer Disease": "other",
}
NOT_COMPARED = {"intravenous", "unknown"}


@dataclass
class Group:
    """Participants counted together. drug None: a control with that role. overlaps: holds participants of other
    groups.

    label: that of the planned arm where it is not the title.
    """

    title: str
    at_risk: int
    drug: str | None
    routes: tuple[str, ...]
    role: str
    kind: str
    given: tuple[str, ...]
    overlaps: bool = False
    label: str = ""
    serious: dict[str, int] = field(default_factory=dict)
    other: dict[str, int] = field(default_factory=dict)


@dataclass
class Period:
    """A period of a flow: people of each group who started and did not complete (None: not posted), and why."""

    started: list[int]
    left: list[int] | None
    reasons: dict[str, list[int]]


@dataclass
class Trial:
    nct_id: str
    condition: str
    groups: list[Group]
    threshold: int | None
    is_crossover: bool
    has_results: bool
    updated: str
    serious_terms: list[str]
    other_terms: list[str]
    allocation: str | None
    assessments: dict[tuple[str, str], str | None] = field(default_factory=dict)
    flow: list[Period] = field(default_factory=list)
    has_nameless_flow_group: bool = False

    @property
    def randomisation(self) -> str:
        return {None: "not stated", "RANDOMIZED": "randomised"}.get(self.allocation, "not randomised")

    @property
    def is_systematically_assessed(self) -> bool:
        """Some term is posted, and every one is stated to have been asked for."""
        return bool(self.assessments) and set(self.assessments.values()) == {"SYSTEMATIC_ASSESSMENT"}


def draw_world(seed: int) -> list[Trial]:
    """A register of four to nine trials, the same for the same seed."""
    chance = random.Random(seed)
    return [_draw_trial(chance, number) for number in range(1, chance.randint(5, 10))]


def _draw_trial(chance: random.Random, number: int) -> Trial:
    treated = [_draw_treated(chance) for _ in range(chance.choice([1, 1, 1, 2]))]
    if len(treated) == 2 and treated[0].title == treated[1].title:
        treated.pop()
    if len(treated) == 1 and chance.random() < 0.5:
        treated = _draw_doses(chance, treated[0])
    controls = [_draw_control(chance, name) for name in chance.sample(sorted(CONTROLS), chance.choice([0, 1, 1, 2]))]
    groups = treated + controls
    terms = chance.sample(ALL_TERMS, chance.randint(0, 6))
    other_terms = [term for term in terms if chance.random() < 0.8]
    serious_terms = [term for term in terms if chance.random() < 0.3]
    for each in groups:
        each.other = {term: chance.randint(0, each.at_risk) for term in other_terms}
        each.serious = {term: chance.randint(0, min(3, each.at_risk)) for term in serious_terms}
    is_crossover = chance.random() < 0.2
    of_drug = [each for each in treated if each.drug == treated[0].drug]
    if len(of_drug) > 1 and chance.random() < 0.8:
        groups.append(_draw_drug_total(chance, of_drug))
    elif len(groups) > 1 and chance.random() < 0.3:
        groups.append(_sum_groups(groups))
    if chance.random() < 0.2:
        groups.append(_draw_extension(chance, treated[0]))
    if chance.random() < 0.2:
        groups.append(_draw_later_session(chance, groups))
    if chance.random() < 0.2:
        groups.append(_draw_own_period(chance, groups, treated[0], is_crossover))
    if is_crossover and chance.random() < 0.5:
        groups = _draw_crossover_orders(chance, groups, treated[0])
    trial = Trial(
        f"NCT{number:08d}", chance.choice(sorted(POPULATIONS)), groups, chance.choice([0, 0, 3, 5, 5, None]),
        is_crossover, chance.random() < 0.85, f"2024-0{chance.randint(1, 9)}-11", serious_terms, other_terms,
        chance.choice(["RANDOMIZED", "RANDOMIZED", "RANDOMIZED", "NON_RANDOMIZED", "NA", None]),
    )  # fmt: skip
    trial.assessments = _draw_assessments(trial)
    _draw_flow(trial)
    return trial


def _draw_flow(trial: Trial) -> None:
    """One or two periods; in one trial of five no flow, in another a group that bears the title of no event group."""
    chance = random.Random(f"flow {trial.updated} {[each.at_risk for each in trial.groups]}")
    trial.has_nameless_flow_group = chance.random() < 0.2
    apart = [each for each in trial.groups if not each.overlaps]
    for number in range(chance.choice((0, 1, 1, 1, 2))):
        started = [each.at_risk + chance.randint(0, 3) for each in apart]
        if number:
            started = [chance.randint(0, people) for people in started]
        names = chance.sample(sorted(REASONS), chance.randint(0, 3))
        reasons = {name: [chance.randint(0, people // 4) for people in started] for name in names}
        posted = [sum(counts) for counts in zip(*reasons.values(), strict=True)] or [0] * len(apart)
        left = [
            min(people, known + chance.randint(0, 2)) for people, known in zip(started, posted, strict=True)
        ] if chance.random() < 0.8 else None  # fmt: skip
        trial.flow.append(Period(started, left, reasons))


def _draw_assessments(trial: Trial) -> dict[tuple[str, str], str | None]:
    """How each posted term of either list was looked for; half of the trials asked for every one."""
    posted = [(part, term) for part in ("serious", "other") for term in getattr(trial, f"{part}_terms")]
    chance = random.Random(f"{trial.updated} {posted} {[each.at_risk for each in trial.groups]}")
    words = ("SYSTEMATIC_ASSESSMENT", "NON_SYSTEMATIC_ASSESSMENT", None, "UNDEFINED")
    if chance.random() < 0.5:
        return dict.fromkeys(posted, words[0])
    return {each: chance.choice(words) for each in posted}


def _draw_treated(chance: random.Random) -> Group:
    name = chance.choice(sorted(DRUGS))
    phrases = chance.sample(sorted(phrase for phrase in ROUTES if phrase), 2) if chance.random() < 0.15 else None
    phrase = chance.choice(sorted(ROUTES))
    title = f"{name} {phrases[0]} then {phrases[1]}" if phrases else f"{name} {phrase}".strip()
    routes = tuple(ROUTES[each] for each in phrases) if phrases else (ROUTES[phrase],)
    return Group(title, chance.randint(1, 120), DRUGS[name], routes, "active", "EXPERIMENTAL", (name,))


def _draw_doses(chance: random.Random, treated: Group) -> list[Group]:
    """The group of a drug divided into two doses in different participants."""
    return [
        replace(treated, title=f"{treated.title} {dose}", at_risk=chance.randint(1, 120))
        for dose in ("low dose", "high dose")
    ]


def _draw_control(chance: random.Random, name: str) -> Group:
    kind, role = CONTROLS[name]
    given = () if name == "No treatment" else (name,)
    return Group(name, chance.randint(1, 120), None, (), role, kind, given)


def _sum_groups(groups: list[Group]) -> Group:
    total = Group("Total", sum(each.at_risk for each in groups), None, (), "unknown", "", (), overlaps=True)
    for name in ("serious", "other"):
        for term in getattr(groups[0], name):
            getattr(total, name)[term] = sum(getattr(each, name)[term] for each in groups)
    return total


def _draw_drug_total(chance: random.Random, doses: list[Group]) -> Group:
    """All doses of a drug as one more group, with a title that states it or with one that does not.

    Or a third dose of as many participants, whose affected do not add up: an arm like the others.
    """
    drug = doses[0].given[0].split("/")[0]
    together = _sum_groups(doses)
    # numbers alone show a total only where at least two posted rows add up to more than zero
    nonzero = [affected for counts in (together.serious, together.other) for affected in counts.values() if affected]
    titles = [f"All {drug} doses", f"Combined {drug} groups", f"{drug} total", f"Pooled {drug}"]
    # and at least three where the title holds the whole label of a planned arm ("Esketamine")
    if len(nonzero) > 1 + any(each.title == drug for each in doses):
        titles += [f"{drug} safety set"] * 12
    title = chance.choice(titles)
    if title.endswith("safety set") and chance.random() < 0.5:
        part = "other" if any(together.other.values()) else "serious"
        counts = getattr(together, part)
        term = max(counts, key=lambda name: counts[name])
        # one participant fewer than the doses have together in one row
        counts[term] -= 1
        return replace(doses[0], title=title, at_risk=together.at_risk, routes=("unknown",), label="Further arm",
                       serious=together.serious, other=together.other)  # fmt: skip
    return replace(together, title=title)


def _draw_later_session(chance: random.Random, groups: list[Group]) -> Group:
    """The participants of a group counted at two sessions: the first is the group, the second repeats them."""
    number = chance.randrange(len([each for each in groups if not each.overlaps]))
    first = groups[number]
    unit = chance.choice(["Session", "Week", "Visit", "Cycle"])
    first.label, first.title = first.title, f"{first.title}, {unit} 1"
    later = replace(first, title=f"{first.title[:-1]}2", overlaps=True)
    later.other = {term: chance.randint(0, first.at_risk) for term in first.other}
    return later


def _draw_crossover_orders(chance: random.Random, groups: list[Group], treated: Group) -> list[Group]:
    """A crossover that counts by order of treatments: in each group every participant took the drug and its
    comparator."""
    separate = [each for each in groups if not each.overlaps][:2]
    if len(separate) < 2:
        return groups
    drug = treated.given[0]
    words = chance.choice(["{} then {}", "{} first, then {}", "{} -> {}", "{} followed by {}"])
    for each, pair in zip(separate, ((drug, "placebo"), ("Placebo", drug.lower())), strict=True):
        each.title, each.given = words.format(*pair), (drug, "Placebo")
        each.drug, each.routes, each.role, each.kind = None, (), "unknown", "EXPERIMENTAL"
    return separate


LATER_TITLES = (
    "Open-label extension: {}", "OLE: {}", "{} second course", "{} retreatment", "Maintenance: {}", "{} continuation",
    "Rescue: {}", "OL: {}",
)  # fmt: skip


def _draw_extension(chance: random.Random, treated: Group) -> Group:
    """Some participants of an arm, counted again in a later period."""
    people = chance.randint(1, treated.at_risk)
    later = replace(treated, title=chance.choice(LATER_TITLES).format(treated.title), at_risk=people, overlaps=True)
    later.other = {term: min(affected, people) for term, affected in treated.other.items()}
    later.serious = {term: min(affected, people) for term, affected in treated.serious.items()}
    return later


def _draw_own_period(chance: random.Random, groups: list[Group], treated: Group, is_crossover: bool) -> Group:
    """A group whose title names a later period and which holds people of its own.

    More people than all others together came from elsewhere; in parallel groups nobody else was given its drug.
    """
    if chance.random() < 0.5:
        people = sum(each.at_risk for each in groups if not each.overlaps) + chance.randint(1, 9)
        own = replace(treated, title=f"Retreatment: {treated.label or treated.title}", label="", at_risk=people)
    else:
        name = chance.choice(sorted(set(DRUGS) - {name for each in groups for name in each.given}))
        own = Group(f"Open-label {name}", chance.randint(1, 120), DRUGS[name], ("unknown",), "active", "EXPERIMENTAL",
                    (), overlaps=is_crossover, label="Arm beside")  # fmt: skip
    own.other = {term: chance.randint(0, own.at_risk) for term in treated.other}
    own.serious = {term: chance.randint(0, min(3, own.at_risk)) for term in treated.serious}
    return own


def write_records(world: list[Trial], seed: int) -> list[dict[str, Any]]:
    """The world as the registry would send it, with outdated records and previous numbers, in any order."""
    chance = random.Random(seed)
    sent = [_write_record(trial) for trial in world]
    for trial, present in zip(world, list(sent), strict=True):
        if chance.random() < 0.3:
            previous = _write_record(trial)
            previous["protocolSection"]["identificationModule"]["nctId"] = f"NCT9{trial.nct_id[4:]}"
            # the previous number may have been updated last: the number that lists it is the present one
            updated = chance.choice(["2023-01-01", "2025-01-01"])
            previous["protocolSection"]["statusModule"]["lastUpdatePostDateStruct"]["date"] = updated
            present["protocolSection"]["identificationModule"]["nctIdAliases"] = [f"NCT9{trial.nct_id[4:]}"]
            sent.append(previous)
        if chance.random() < 0.3:
            old = _write_record(trial)
            old["protocolSection"]["statusModule"]["lastUpdatePostDateStruct"]["date"] = "2023-01-01"
            for event in old.get("resultsSection", {}).get("adverseEventsModule", {}).get("otherEvents", []):
                event["stats"][0]["numAffected"] += 1
            sent.append(old)
    chance.shuffle(sent)
    return sent


def _write_record(trial: Trial) -> dict[str, Any]:
    arms = [each for each in trial.groups if not each.overlaps]
    record: dict[str, Any] = {
        "protocolSection": {
            "identificationModule": {"nctId": trial.nct_id, "briefTitle": "Invented"},
            "statusModule": {"lastUpdatePostDateStruct": {"date": trial.updated}},
            "conditionsModule": {"conditions": [trial.condition]},
            "designModule": {"designInfo": {"interventionModel": "CROSSOVER" if trial.is_crossover else "PARALLEL",
                                            "allocation": trial.allocation},
                             "enrollmentInfo": {"count": 3 * sum(each.at_risk for each in arms)}},
            "armsInterventionsModule": {
                "armGroups": [{"label": each.label or each.title, "type": each.kind,
                               "interventionNames": [f"Drug: {name}" for name in each.given]} for each in arms],
                "interventions": [{"type": "DRUG", "name": name}
                                  for name in dict.fromkeys(name for each in arms for name in each.given)],
            },
        },
        "hasResults": trial.has_results,
    }  # fmt: skip
    if trial.has_results:
        record["resultsSection"] = {"adverseEventsModule": _write_adverse_events(trial)}
        if trial.flow:
            record["resultsSection"]["participantFlowModule"] = _write_flow(trial)
    return record


def _write_flow(trial: Trial) -> dict[str, Any]:
    titles = [each.title for each in trial.groups if not each.overlaps]
    if trial.has_nameless_flow_group:
        titles[-1] = "Somebody else"

    def write(counts: list[int]) -> list[dict[str, Any]]:
        return [{"groupId": f"FG{number:03d}", "numSubjects": str(count)} for number, count in enumerate(counts)]

    return {
        "groups": [{"id": f"FG{number:03d}", "title": title} for number, title in enumerate(titles)],
        "periods": [
            {
                "title": f"Period {number}",
                "milestones": [
                    {"type": name, "achievements": write(counts)}
                    for name, counts in (("STARTED", period.started), ("NOT COMPLETED", period.left))
                    if counts is not None
                ],
                "dropWithdraws": [
                    {"type": name, "reasons": write(counts)} for name, counts in period.reasons.items()
                ],
            }
            for number, period in enumerate(trial.flow, start=1)
        ],
    }  # fmt: skip


def _write_adverse_events(trial: Trial) -> dict[str, Any]:
    module: dict[str, Any] = {} if trial.threshold is None else {"frequencyThreshold": str(trial.threshold)}
    module["eventGroups"] = [
        {"id": f"EG{number:03d}", "title": each.title, "seriousNumAtRisk": each.at_risk,
         "otherNumAtRisk": each.at_risk} | ({} if trial.serious_terms else {"seriousNumAffected": 0})
        for number, each in enumerate(trial.groups)
    ]  # fmt: skip
    for name, terms, part in (
        ("seriousEvents", trial.serious_terms, "serious"),
        ("otherEvents", trial.other_terms, "other"),
    ):
        if terms:
            module[name] = [
                {"term": term, "assessmentType": trial.assessments[part, term], "stats": [
                    {"groupId": f"EG{number:03d}", "numAffected": getattr(each, part)[term],
                     "numAtRisk": each.at_risk}
                    for number, each in enumerate(trial.groups)]}
                for term in terms
            ]  # fmt: skip
    return module


def count_defined(trial: Trial, group: Group, reaction: str, definition: str) -> tuple[int, int, bool]:
    """As count; beside posted rows of a broad definition the threshold may still hide participants of the narrow
    one."""
    lower, upper, is_below = count(trial, group, TERMS[reaction, definition])
    if definition == "broad" and not is_below:
        is_below = count(trial, group, TERMS[reaction, "narrow"])[2]
        if is_below:
            upper = min(upper + hidden_people(trial, group), group.at_risk)
    return lower, upper, is_below


def hidden_people(trial: Trial, group: Group) -> int:
    """Participants whom the reporting threshold may hide where a reaction has no row in the other list."""
    if trial.threshold is None or (trial.threshold == 0 and not trial.other_terms):
        return group.at_risk
    return floor(trial.threshold * group.at_risk / 100)


def count_reaction(trial: Trial, group: Group, reaction: str, definition: str) -> tuple[int, int, bool]:
    """As count_defined; beside the rows of a union the threshold may hide people of each part that has none."""
    lower, upper, is_below = count_defined(trial, group, reaction, definition)
    parts = [count_defined(trial, group, part, definition) for part in PARTS.get(reaction, ())]
    if any(part[2] for part in parts):
        # every posted row once, and for each part without one those whom the threshold may hide
        rows = [affected for term, affected in (*group.other.items(), *group.serious.items())
                if term in TERMS[reaction, definition]]  # fmt: skip
        hidden = [hidden_people(trial, group) for part in parts if part[2]]
        upper = min(sum(rows) + sum(hidden), group.at_risk)
        is_below = True
    return lower, upper, is_below


def count_outcome(trial: Trial, group: Group, reaction: str, definition: str) -> tuple[int, int, bool, int] | None:
    """Participants affected at least, at most, whether some may be hidden, and the participants at risk.

    None where the trial says nothing of it.
    """
    if reaction == WITHDRAWAL:
        return _count_withdrawn(trial, group)
    rows = [*group.serious.values()]
    if reaction == "serious_adverse_event":
        return max([0, *rows]), min(sum(rows), group.at_risk), False, group.at_risk
    if reaction == "any_adverse_event":
        rows += group.other.values()
        is_whole = trial.threshold == 0 and bool(trial.other_terms)
        return (
            max([0, *rows]),
            min(sum(rows), group.at_risk) if is_whole else group.at_risk,
            not is_whole,
            group.at_risk,
        )
    return (*count_reaction(trial, group, reaction, definition), group.at_risk)


def _count_withdrawn(trial: Trial, group: Group) -> tuple[int, int, bool, int] | None:
    """In the first period a group started at least; in all, with joint and unstated reasons, at most."""
    apart = [each for each in trial.groups if not each.overlaps]
    if not trial.flow or trial.has_nameless_flow_group:
        return None
    place = next(number for number, each in enumerate(apart) if each is group)
    started = trial.flow[0].started[place]
    lower = sum(counts[place] for name, counts in trial.flow[0].reasons.items() if REASONS[name])
    upper = 0
    for period in trial.flow:
        posted = {name: counts[place] for name, counts in period.reasons.items()}
        left = period.started[place] if period.left is None else period.left[place]
        upper += sum(count for name, count in posted.items() if REASONS[name] is not False)
        upper += max(left - sum(posted.values()), 0)
    return min(lower, started), min(upper, started), False, started


def count(trial: Trial, group: Group, terms: set[str]) -> tuple[int, int, bool]:
    """Participants affected at least, at most, and whether the reporting threshold may hide some."""
    posted = [affected for term, affected in group.other.items() if term in terms]
    serious = [affected for term, affected in group.serious.items() if term in terms]
    hidden = 0
    is_below = False
    if not posted:
        if trial.threshold is None or (trial.threshold == 0 and not trial.other_terms):
            hidden, is_below = group.at_risk, True
        elif trial.threshold > 0:
            hidden, is_below = floor(trial.threshold * group.at_risk / 100), True
    upper = min(sum(posted) + sum(serious) + hidden, group.at_risk)
    return max([0, *posted, *serious]), upper, is_below


def recount(world: list[Trial]) -> dict[tuple[str, ...], tuple[int | None, ...]]:
    """The rows of observed_by_drug_route for OUTCOMES.

    Key: drug, route, reaction, definition, population, comparator. Value: trials, arms, lower, upper, at risk, the
    same four of the comparators (None without one), trials below the threshold.
    """
    tally: dict[tuple[str, ...], list[Any]] = {}
    for trial in (each for each in world if each.has_results):
        apart = [each for each in trial.groups if not each.overlaps]
        for (drug, route), arms in _find_arms(apart).items():
            same = {each.title for each in apart if drug in _find_drugs_and_routes(each)}
            others = [each for each in apart if each.title not in same and each.role != "unknown"]
            by_role = defaultdict(list)
            for each in others:
                by_role[each.role].append(each)
            for comparator, controls in (by_role or {"none": []}).items():
                for reaction, definition in OUTCOMES:
                    if count_outcome(trial, arms[0], reaction, definition) is None:
                        continue
                    key = (drug, route, reaction, definition, POPULATIONS[trial.condition], comparator)
                    row = tally.setdefault(key, [0, 0, 0, 0, 0, 0, None, None, None, 0])
                    _add(row, trial, arms, controls, (reaction, definition))
    return {key: tuple(row) for key, row in tally.items()}


def recount_comparisons(world: list[Trial]) -> dict[tuple[str, ...], tuple[Any, ...]]:
    """The rows of trial_comparison for OUTCOMES.

    Key: drug, route, reaction, definition, population, comparator, trial, bound. Value: affected and at risk of the
    drug, the same of the comparator, arms of each, whether the trial is a crossover, was randomised, and asked for
    every term it posted.
    """
    rows: dict[tuple[str, ...], tuple[Any, ...]] = {}
    for trial in (each for each in world if each.has_results):
        apart = [each for each in trial.groups if not each.overlaps]
        for (drug, route), arms in _find_arms(apart).items():
            for comparator in {each.role for each in apart if drug not in _find_drugs_and_routes(each)}:
                controls = [
                    each for each in apart if drug not in _find_drugs_and_routes(each) and each.role == comparator
                ]
                for named in OUTCOMES:
                    if count_outcome(trial, arms[0], *named) is None:
                        continue
                    low, high, people = _combine_arms(trial, arms, named)
                    other_low, other_high, others = _combine_arms(trial, controls, named)
                    design = (
                        len(arms), len(controls), trial.is_crossover, trial.randomisation,
                        trial.is_systematically_assessed,
                    )  # fmt: skip
                    for bound, affected, other in (
                        ("lower", low, other_low),
                        ("upper", high, other_high),
                        ("drug_upper_comparator_lower", high, other_low),
                        ("drug_lower_comparator_upper", low, other_high),
                    ):
                        key = (drug, route, *named, POPULATIONS[trial.condition], comparator, trial.nct_id, bound)
                        rows[key] = (affected, people, other, others, *design)
    return rows


def _combine_arms(trial: Trial, groups: list[Group], named: tuple[str, str]) -> tuple[int, int, int]:
    """Participants affected at least and at most, and at risk, in several arms of one trial as one."""
    lows, highs, people = [], [], []
    for each in groups:
        low, high, _, at_risk = count_outcome(trial, each, *named)
        lows.append(low)
        highs.append(high)
        people.append(at_risk)
    if trial.is_crossover:
        return max(lows), min(sum(highs), max(people)), max(people)
    return sum(lows), min(sum(highs), sum(people)), sum(people)


def _find_arms(groups: list[Group]) -> dict[tuple[str, str], list[Group]]:
    arms: dict[tuple[str, str], list[Group]] = defaultdict(list)
    for each in groups:
        for drug, named in _find_drugs_and_routes(each).items():
            routes = {"any", *named}
            if not NOT_COMPARED & named:
                routes.add("not_intravenous")
            for route in routes:
                arms[drug, route].append(each)
    return arms


def _find_drugs_and_routes(group: Group) -> dict[str, set[str]]:
    """The drug of a group and its roll-ups, each with its routes; the route decides the subclass of magnesium."""
    if group.drug is None:
        return {}
    drugs = {group.drug: set(group.routes)}
    if group.drug in ("ketamine", "esketamine"):
        drugs["ketamine_any"] = set(group.routes)
    if group.drug == "magnesium":
        drugs["magnesium_oral"] = set(group.routes) & {"oral"}
        drugs["magnesium_parenteral"] = set(group.routes) & {"intravenous", "intramuscular", "epidural"}
    return {drug: routes for drug, routes in drugs.items() if routes}


def _add(row: list[Any], trial: Trial, arms: list[Group], controls: list[Group], key: tuple[str, str]) -> None:
    is_below = False
    row[0] += 1
    for place, groups in ((1, arms), (5, controls)):
        if not groups:
            continue
        counts = [count_outcome(trial, each, *key) for each in groups]
        people = [each[3] for each in counts]
        at_risk = max(people) if trial.is_crossover else sum(people)
        lower = max(each[0] for each in counts) if trial.is_crossover else sum(each[0] for each in counts)
        upper = min(sum(each[1] for each in counts), at_risk)
        row[place] += len(groups)
        for offset, value in enumerate((lower, upper, at_risk), start=1):
            row[place + offset] = (row[place + offset] or 0) + value
        is_below |= any(each[2] for each in counts)
    row[9] += is_below
