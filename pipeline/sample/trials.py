"""Invented trials of the six drugs as ClinicalTrials.gov v2 study records, each marked as synthetic."""

from dataclasses import dataclass, field
from typing import Any

from pipeline.sample.outcomes import PAIN, Outcome, build_planned_module, build_results_module

FIRST_NUMBER = 99_000_000
SYSTEMATIC, NOT_SYSTEMATIC, MIXED, NOT_STATED = "systematic", "not_systematic", "mixed", "not_stated"
BY_ARM, BY_NUMBER, NO_FLOW = "by arm", "by number", "no flow"
Study = dict[str, Any]


@dataclass(frozen=True)
class Arm:
    """An arm: its treatment, its participants (`people`), and how many had each term of either event list.

    withdrew: how many left for an adverse event. lost: how many were lost to follow-up.
    """

    label: str
    kind: str
    description: str
    interventions: tuple[str, ...]
    people: int
    other: dict[str, int] = field(default_factory=dict)
    serious: dict[str, int] = field(default_factory=dict)
    withdrew: int = 0
    lost: int = 0


@dataclass(frozen=True)
class Trial:
    """An invented trial. threshold: the reporting threshold in per cent. updated: the date of its last posting.

    ascertainment: whether its terms state that people were asked for them; where MIXED, the first one alone.
    flow: how the groups of its flow of participants are called, if it posted one.
    """

    number: int
    title: str
    conditions: tuple[str, ...]
    arms: tuple[Arm, ...]
    interventions: dict[str, str]
    threshold: str = "0"
    has_results: bool = True
    model: str = "PARALLEL"
    vocabulary: str = "MedDRA 24.0"
    phase: str = "PHASE2"
    updated: str = "2024-03-05"
    has_total_group: bool = False
    outcomes: tuple[Outcome, ...] = (PAIN,)
    was_never_reported: bool = False
    ascertainment: str = SYSTEMATIC
    flow: str = BY_ARM

    @property
    def has_ended(self) -> bool:
        """Whether the trial ended, years before the register was read."""
        return self.has_results or self.was_never_reported

    @property
    def nct_id(self) -> str:
        return f"NCT{FIRST_NUMBER + self.number}"


def build_study_record(trial: Trial) -> Study:
    """Build one study record as API v2 sends it."""
    summary = "Synthetic record written by the sample world; no such trial was run."
    study: Study = {
        "protocolSection": {
            "identificationModule": _build_identification(trial),
            "statusModule": _build_status(trial),
            "sponsorCollaboratorsModule": {"leadSponsor": {"name": "Invented Institute", "class": "OTHER"}},
            "descriptionModule": {"briefSummary": summary},
            "conditionsModule": {"conditions": list(trial.conditions)},
            "designModule": _build_design(trial),
            "armsInterventionsModule": _build_arms(trial),
            "outcomesModule": build_planned_module(trial.outcomes),
            "eligibilityModule": {"healthyVolunteers": False, "sex": "ALL", "minimumAge": "18 Years"},
        },
        "derivedSection": {"miscInfoModule": {"versionHolder": "2026-11-20"}},
        "hasResults": trial.has_results,
    }
    if trial.has_results:
        study["resultsSection"] = {
            "outcomeMeasuresModule": build_results_module(
                trial.outcomes, [(arm.label, arm.people) for arm in trial.arms]
            ),
            "adverseEventsModule": _build_adverse_events(trial),
        }
        if trial.flow != NO_FLOW:
            study["resultsSection"]["participantFlowModule"] = _build_flow(trial)
    return study


def _build_identification(trial: Trial) -> Study:
    return {
        "nctId": trial.nct_id,
        "orgStudyIdInfo": {"id": f"INVENTED-{trial.number}"},
        "organization": {"fullName": "Invented Institute", "class": "OTHER"},
        "briefTitle": f"Invented: {trial.title}",
        "officialTitle": f"Invented: {trial.title} (synthetic, never run)",
    }


def _build_status(trial: Trial) -> Study:
    status: Study = {
        "statusVerifiedDate": trial.updated[:7],
        "overallStatus": "COMPLETED" if trial.has_ended else "RECRUITING",
        "startDateStruct": {"date": "2019-01-15", "type": "ACTUAL"},
        "completionDateStruct": {"date": "2021-06-30", "type": "ACTUAL" if trial.has_ended else "ESTIMATED"},
        "studyFirstPostDateStruct": {"date": "2018-12-20", "type": "ACTUAL"},
        "lastUpdatePostDateStruct": {"date": trial.updated, "type": "ACTUAL"},
    }
    if trial.has_results:
        status["resultsFirstPostDateStruct"] = {"date": trial.updated, "type": "ACTUAL"}
    return status


def _build_design(trial: Trial) -> Study:
    return {
        "studyType": "INTERVENTIONAL",
        "phases": [trial.phase],
        "designInfo": {
            "allocation": "RANDOMIZED" if len(trial.arms) > 1 else "NA",
            "interventionModel": trial.model if len(trial.arms) > 1 else "SINGLE_GROUP",
            "primaryPurpose": "TREATMENT",
        },
        "enrollmentInfo": {"count": sum(arm.people for arm in trial.arms), "type": "ACTUAL"},
    }


def _build_arms(trial: Trial) -> Study:
    arms = [
        {"label": arm.label, "type": arm.kind, "description": arm.description}
        | ({"interventionNames": [f"Drug: {name}" for name in arm.interventions]} if arm.interventions else {})
        for arm in trial.arms
    ]
    interventions = [
        {
            "type": "DRUG",
            "name": name,
            "description": description,
            "armGroupLabels": [arm.label for arm in trial.arms if name in arm.interventions],
        }
        for name, description in trial.interventions.items()
    ]
    return {"armGroups": arms, "interventions": interventions}


def _build_adverse_events(trial: Trial) -> Study:
    """Build the module with one group per arm (and a Total over them where the trial has one) and a row per term."""
    groups = [*trial.arms, _make_total(trial)] if trial.has_total_group else [*trial.arms]
    module: Study = {
        "frequencyThreshold": trial.threshold,
        "timeFrame": "From first dose to 4 weeks",
        "eventGroups": [_build_group(index, arm) for index, arm in enumerate(groups)],
    }
    for name, affected in (
        ("seriousEvents", [arm.serious for arm in groups]),
        ("otherEvents", [arm.other for arm in groups]),
    ):
        if terms := dict.fromkeys(term for counts in affected for term in counts):
            module[name] = [_build_row(trial, term, groups, affected) for term in terms]
    _state_assessment(trial, [row for name in ("seriousEvents", "otherEvents") for row in module.get(name, [])])
    return module


def _build_group(index: int, arm: Arm) -> Study:
    return {
        "id": f"EG{index:03d}",
        "title": arm.label,
        "description": arm.description,
        "deathsNumAffected": 0,
        "deathsNumAtRisk": arm.people,
        "seriousNumAffected": max(arm.serious.values(), default=0),
        "seriousNumAtRisk": arm.people,
        "otherNumAffected": max(arm.other.values(), default=0),
        "otherNumAtRisk": arm.people,
    }


def _build_row(trial: Trial, term: str, groups: list[Arm], affected: list[dict[str, int]]) -> Study:
    return {
        "term": term,
        "organSystem": "General disorders",
        "sourceVocabulary": trial.vocabulary,
        "stats": [
            {"groupId": f"EG{index:03d}", "numAffected": counts.get(term, 0), "numAtRisk": arm.people}
            for index, (arm, counts) in enumerate(zip(groups, affected, strict=True))
        ],
    }


def _state_assessment(trial: Trial, rows: list[Study]) -> None:
    """Write on each row how its event was looked for, as the trial's class has it."""
    if trial.ascertainment == NOT_STATED:
        return
    for number, row in enumerate(rows):
        is_asked = trial.ascertainment == SYSTEMATIC or (trial.ascertainment == MIXED and number == 0)
        row["assessmentType"] = "SYSTEMATIC_ASSESSMENT" if is_asked else "NON_SYSTEMATIC_ASSESSMENT"


def _build_flow(trial: Trial) -> Study:
    """Build the flow of participants: one period, and why those who did not complete it left."""
    titles = [
        arm.label if trial.flow == BY_ARM else f"Group {place}" for place, arm in enumerate(trial.arms, start=1)
    ]
    milestones = {
        "STARTED": [arm.people for arm in trial.arms],
        "COMPLETED": [arm.people - arm.withdrew - arm.lost for arm in trial.arms],
        "NOT COMPLETED": [arm.withdrew + arm.lost for arm in trial.arms],
    }
    reasons = {
        "Adverse Event": [arm.withdrew for arm in trial.arms],
        "Lost to Follow-up": [arm.lost for arm in trial.arms],
    }
    return {
        "groups": [{"id": f"FG{index:03d}", "title": title} for index, title in enumerate(titles)],
        "periods": [
            {
                "title": "Overall Study",
                "milestones": [
                    {"type": name, "achievements": _count_by_group(counts)} for name, counts in milestones.items()
                ],
                "dropWithdraws": [
                    {"type": name, "reasons": _count_by_group(counts)}
                    for name, counts in reasons.items()
                    if any(counts)
                ],
            }
        ],
    }


def _count_by_group(counts: list[int]) -> list[Study]:
    return [{"groupId": f"FG{index:03d}", "numSubjects": str(count)} for index, count in enumerate(counts)]


def _make_total(trial: Trial) -> Arm:
    """Make a group of all participants: a count that sums the groups would count each of them twice."""
    other = {term: sum(arm.other.get(term, 0) for arm in trial.arms) for arm in trial.arms for term in arm.other}
    people = sum(arm.people for arm in trial.arms)
    return Arm("Total", "", "All participants of both arms", (), people, other)
