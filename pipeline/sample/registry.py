"""The register of the invented world: its trials, and the cells of `observed_by_drug_route` that one trial fills."""

from dataclasses import replace
from math import floor

from pipeline.sample.outcomes import find_outcomes
from pipeline.sample.trials import (
    BY_ARM,
    BY_NUMBER,
    MIXED,
    NO_FLOW,
    NOT_STATED,
    NOT_SYSTEMATIC,
    SYSTEMATIC,
    Arm,
    Trial,
)

_TEXTS = {
    "Ketamine": "Ketamine hydrochloride 0.5 mg/kg",
    "Esketamine": "Esketamine 56 mg or 84 mg nasal spray",
    "Magnesium sulfate": "Magnesium sulfate solution",
    "Memantine": "Memantine 20 mg tablet",
    "Dextromethorphan/quinidine": "Dextromethorphan hydrobromide 20 mg and quinidine sulfate 10 mg capsule",
    "Dextromethorphan/bupropion": "Dextromethorphan 45 mg and bupropion 105 mg tablet",
    "Amantadine": "Amantadine extended release capsule",
    "Midazolam": "Midazolam, an active placebo with sedation but no antidepressant effect",
    "Placebo": "Inactive placebo matching the active drug",
    "Saline": "0.9% sodium chloride, placebo",
}
_KINDS = {"Placebo": "PLACEBO_COMPARATOR", "Saline": "PLACEBO_COMPARATOR", "No treatment": "NO_INTERVENTION"}

# number, drug, how given, comparator, condition (MDD: major depression), participants per arm, threshold in per
# cent, terms of the other list with the participants affected (active/comparator), special features.
_TRIALS = """
 1 | Ketamine | intravenously | Saline | Chronic Pain | 40 | 0 | Nausea 9/3; Hallucination 4/0; Dizziness 8/2
 2 | Ketamine | intravenously | Saline | Neuropathic Pain | 50 | 5 | Nausea 11/4; Headache 6/5
 3 | Ketamine | intravenously | Midazolam | MDD | 60 | 0 | Nausea 12/6; Dissociation 30/0; Vomiting 5/0; Drowsy 14/22
 4 | Ketamine | intramuscularly | Midazolam | MDD | 24 | 5 | Hallucination, visual 3/0; Nausea 4/1
 5 | Esketamine | intranasally | Placebo | MDD | 110 | 5 | Nausea 30/9; Vomiting 8/0; Dissociation 28/0
 6 | Ketamine | orally | Placebo | Chronic Pain | 36 | 0 | Nausea 5/3; Confusional state 2/0; Dizziness 6/2
 7 | Ketamine | subcutaneously | Placebo | Chronic Pain | 32 | 0 | Hallucination 2/0; Paranoia 1/0; Nausea 0/1
 8 | Ketamine | as a topical cream | Placebo | Chronic Pain | 45 | 0 | Rash 3/2
 9 | Magnesium sulfate | intravenously | Saline | Anesthesia | 70 | 0 | Nausea 7/14; Vomiting 3/8
10 | Memantine | orally | Placebo | Alzheimer Disease | 150 | 5 | Confusional state 9/11; Hallucination 3/0 | serious
11 | Memantine | orally | Placebo | Chronic Pain | 28 | 0 | Nausea 4/2; Vomiting 2/0
12 | Dextromethorphan/quinidine | orally | Placebo | Pseudobulbar Affect | 108 | 5 | Nausea 13/9
13 | Dextromethorphan/bupropion | orally | Bupropion | MDD | 48 | 0 | Nausea 8/6
14 | Amantadine | orally | Placebo | Parkinsonism | 64 | 0 | Hallucination, visual 15/2; Nausea 8/3; Hallucination 4/0
15 | Ketamine | intravenously | No treatment | Anesthesia | 30 | 0 | Vomiting 4/5; Emergence reaction 6/0
16 | Ketamine | intravenously | Morphine | Chronic Pain | 44 | 0 | Nausea 6/13; Hallucination 5/0
17 | Ketamine | by sublingual tablet | - | MDD | 20 | 0 | Nausea 3/0; Dissociation 6/0
18 | Esketamine | intranasally | - | Chronic Pain | 18 | 0 | Hallucination 1/0; Nausea 4/0
19 | Ketamine | intravenously | Saline | Fibromyalgia | 16 | 0 | Nausea 4/1 | crossover
20 | Magnesium sulfate | intravenously | Placebo | Complex Regional Pain Syndrome | 26 | 0 | Nausea 3/2 | total
21 | Ketamine | intravenously | Fentanyl | Anesthesia | 52 | 0 | Nausea/vomiting 10/15
22 | Ketamine | intranasally | Midazolam | Anesthesia | 34 | 0 | Emesis 4/1; Hallucinations 2/0 | CTCAE 4.0
23 | Magnesium sulfate | intrathecally | Saline | Anesthesia | 40 | 0 | Vomiting 2/3 | SNOMED CT
26 | Ketamine | intravenously | Placebo | MDD | 30 | 0 | | no results
27 | Esketamine | intranasally | Placebo | Chronic Pain | 30 | 0 | | no results
28 | Memantine | orally | Placebo | Chronic Pain | 30 | 0 | | no results
29 | Amantadine | orally | Placebo | MDD | 30 | 0 | | no results
30 | Magnesium sulfate | intravenously | Placebo | Chronic Pain | 30 | 0 | | never reported
31 | Ketamine | orally | Placebo | Chronic Pain | 30 | 0 | | no results
32 | Dextromethorphan/bupropion | orally | Placebo | MDD | 30 | 0 | | no results
"""
# Trials that did not ask everybody for every event; all others did.
_ASCERTAINED = {8: NOT_SYSTEMATIC, 11: MIXED, 13: NOT_STATED, 16: NOT_SYSTEMATIC, 20: NOT_SYSTEMATIC}
# Participants who left for an adverse event (active, comparator), and trials whose flow does not say of which arm.
_WITHDREW = {1: (3, 0), 3: (2, 2), 6: (4, 1), 9: (0, 1), 10: (14, 7), 16: (2, 5)}
_LOST = {3: (1, 4), 10: (6, 8)}
_FLOWS = {13: NO_FLOW, 14: BY_NUMBER}
# Trials that are the only one in their cells, with drug, route, population and comparator of those cells.
_ALONE = {
    3: ("ketamine", "intravenous", "depression", "active_placebo"),
    4: ("ketamine", "intramuscular", "depression", "active_placebo"),
    6: ("ketamine", "oral", "chronic_pain", "placebo"),
    7: ("ketamine", "subcutaneous", "chronic_pain", "placebo"),
    9: ("magnesium", "intravenous", "anaesthesia", "placebo"),
    10: ("memantine", "oral", "other", "placebo"),
    11: ("memantine", "oral", "chronic_pain", "placebo"),
    13: ("dextromethorphan", "oral", "depression", "active"),
    14: ("amantadine", "oral", "other", "placebo"),
    15: ("ketamine", "intravenous", "anaesthesia", "no_treatment"),
    16: ("ketamine", "intravenous", "chronic_pain", "active"),
}
_GROUP = {
    "nausea": ("Nausea",),
    "vomiting": ("Vomiting",),
    "nausea_or_vomiting": ("Nausea", "Vomiting"),
    "paranoia": ("Paranoia",),
    "confusion": ("Confusional state",),
    "dissociation": ("Dissociation",),
    "hallucination": ("Hallucination", "Hallucination, visual", "Hallucination, auditory"),
    "psychotomimetic_effect": (
        "Hallucination",
        "Hallucination, visual",
        "Hallucination, auditory",
        "Paranoia",
        "Confusional state",
        "Dissociation",
        "Emergence reaction",
    ),
    "sedation": ("Drowsy",),
    "dizziness": ("Dizziness",),
    "headache": ("Headache",),
}
# How many terms of a union the threshold may hide, each for itself.
_PARTS = {"nausea_or_vomiting": 2, "psychotomimetic_effect": 4}


def invent_trials() -> tuple[Trial, ...]:
    """Invent every trial of the world, ordered by number."""
    listed = [_read_trial(line) for line in _TRIALS.strip().splitlines()]
    return tuple(sorted((*listed, *_make_trials_of_two_routes()), key=lambda trial: trial.number))


def _read_trial(line: str) -> Trial:
    """Read one line of the table as a trial of one drug against one comparator (or none), by the same route."""
    number, drug, how, comparator, condition, people, threshold, events, *special = (
        part.strip() for part in line.split("|")
    )
    note = special[0] if special else ""
    active, control = _read_events(events)
    serious = {"Confusional state": 1} if note == "serious" else {}
    arms = [Arm(drug, "EXPERIMENTAL", f"{drug} given {how}", (drug,), int(people), active, serious)]
    named = {drug: f"{_TEXTS[drug]}, given {how}"}
    if comparator == "No treatment":
        arms.append(Arm(comparator, _KINDS[comparator], comparator, (), int(people), control))
    elif comparator != "-":
        kind = _KINDS.get(comparator, "ACTIVE_COMPARATOR")
        arms.append(Arm(comparator, kind, f"{comparator} given {how}", (comparator,), int(people), control))
        named[comparator] = f"{_TEXTS.get(comparator, comparator)}, given {how}"
    return Trial(
        int(number),
        f"{drug} {how} in {condition.lower()}",
        (condition.replace("MDD", "Major Depressive Disorder"),),
        tuple(_make_leave(int(number), arms)),
        named,
        threshold=threshold,
        has_results=note not in ("no results", "never reported"),
        model="CROSSOVER" if note == "crossover" else "PARALLEL",
        vocabulary=note if note in ("CTCAE 4.0", "SNOMED CT") else "MedDRA 24.0",
        has_total_group=note == "total",
        updated=f"2024-{int(number) % 12 + 1:02d}-05",
        outcomes=find_outcomes(int(number)),
        was_never_reported=note == "never reported",
        ascertainment=_ASCERTAINED.get(int(number), SYSTEMATIC),
        flow=_FLOWS.get(int(number), BY_ARM),
    )


def _make_leave(number: int, arms: list[Arm]) -> list[Arm]:
    """The arms with those who left, for an adverse event or unseen."""
    left = zip(_WITHDREW.get(number, (0, 0)), _LOST.get(number, (0, 0)), strict=True)
    return [replace(arm, withdrew=withdrew, lost=lost) for arm, (withdrew, lost) in zip(arms, left, strict=False)]


def _read_events(text: str) -> tuple[dict[str, int], dict[str, int]]:
    """Read 'Nausea 9/3; Rash 1/0' as participants affected in the active arm and in the comparator arm."""
    active, control = {}, {}
    for event in filter(None, text.split("; ")):
        term, counts = event.rsplit(" ", 1)
        first, second = counts.split("/")
        active[term], control[term] = int(first), int(second)
    return active, control


def _make_trials_of_two_routes() -> tuple[Trial, Trial]:
    """Make a trial of one drug by two routes in one arm, and one of a nasal drug with an oral background drug."""
    text = "Intravenous ketamine on day 1, then oral ketamine for two weeks"
    two_routes = Arm("Ketamine IV then oral", "EXPERIMENTAL", text, ("Ketamine",), 22, {"Nausea": 5})
    text = "Intranasal esketamine with a new oral antidepressant"
    active = Arm("Esketamine plus oral antidepressant", "EXPERIMENTAL", text, ("Esketamine",), 90, {"Nausea": 24})
    text = "Intranasal placebo with a new oral antidepressant"
    dummy = Arm("Placebo plus oral antidepressant", "PLACEBO_COMPARATOR", text, ("Placebo",), 88, {"Nausea": 8})
    spray = {"Esketamine": _TEXTS["Esketamine"], "Placebo": "Placebo nasal spray"}
    depression = ("Major Depressive Disorder",)
    return (
        Trial(
            24, "ketamine by two routes", depression, (two_routes,), {"Ketamine": "Ketamine, intravenous then oral"}
        ),
        Trial(
            25, "esketamine added to an oral drug", depression, (active, dummy), spray, threshold="5", phase="PHASE3"
        ),
    )


def count_observed() -> list[dict[str, object]]:
    """Count participants affected and at risk, narrow definition, for the trials that are alone in their cells."""
    cells: list[dict[str, object]] = []
    for trial in (each for each in invent_trials() if each.number in _ALONE):
        key = dict(zip(("drug", "route", "population", "comparator"), _ALONE[trial.number], strict=True))
        active, control = trial.arms
        for reaction, terms in _GROUP.items():
            parts = _PARTS.get(reaction, 1)
            first, second = _find_bounds(trial, active, terms, parts), _find_bounds(trial, control, terms, parts)
            if first and second:
                people = _name_counts("", active, first) | _name_counts("comparator_", control, second)
                cells.append({**key, "reaction": reaction, "definition": "narrow", "trial_count": 1, **people})
        for reaction, count in _OUTCOMES.items():
            if reaction != "withdrawal_for_adverse_event" or trial.flow == BY_ARM:
                people = _name_counts("", active, count(trial, active))
                people |= _name_counts("comparator_", control, count(trial, control))
                cells.append({**key, "reaction": reaction, "definition": "narrow", "trial_count": 1, **people})
    return cells


def _count_serious(_: Trial, arm: Arm) -> tuple[int, int]:
    serious = max(arm.serious.values(), default=0)
    return serious, serious


def _count_any(trial: Trial, arm: Arm) -> tuple[int, int]:
    """The totals of serious and of other events may be of the same people; below a threshold there may be others."""
    serious, other = max(arm.serious.values(), default=0), max(arm.other.values(), default=0)
    return max(serious, other), arm.people if int(trial.threshold) else min(serious + other, arm.people)


def _count_withdrawn(_: Trial, arm: Arm) -> tuple[int, int]:
    return arm.withdrew, arm.withdrew


_OUTCOMES = {
    "serious_adverse_event": _count_serious,
    "any_adverse_event": _count_any,
    "withdrawal_for_adverse_event": _count_withdrawn,
}


def _name_counts(prefix: str, arm: Arm, bounds: tuple[int, int]) -> dict[str, int]:
    names = ("participants_affected_lower", "participants_affected_upper", "participants_at_risk")
    return {f"{prefix}{name}": count for name, count in zip(names, (*bounds, arm.people), strict=True)}


def _find_bounds(trial: Trial, arm: Arm, terms: tuple[str, ...], parts: int) -> tuple[int, int] | None:
    """Return the lower bound (the largest row) and the upper (the sum, capped at the participants at risk).

    parts: how many terms of a union the threshold may hide, each for itself. None where some terms of a group were
    posted and others may be below the threshold: no expected value is stated.
    """
    posted = [count for term, count in arm.other.items() if term in terms]
    threshold = int(trial.threshold)
    if threshold and posted and len(terms) > 1:
        return None
    serious = [count for term, count in arm.serious.items() if term in terms]
    if posted:
        return max(posted + serious), min(sum(posted) + sum(serious), arm.people)
    return 0, min(parts * floor(threshold * arm.people / 100), arm.people)
