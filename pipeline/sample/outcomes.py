"""The outcomes of the invented trials, planned and posted, as ClinicalTrials.gov v2 modules.

The domains of each outcome are stated by the author; none is derived from the words of the outcome.
"""

from dataclasses import dataclass
from typing import Any

NOT_POSTED = "not posted"


@dataclass(frozen=True)
class Outcome:
    """A planned outcome. domains: what it is about. values: as posted, one per arm; () if the results lack it."""

    domains: tuple[str, ...]
    measure: str
    values: tuple[str, ...] = ()
    unit: str = "score on a scale"

    @property
    def is_posted(self) -> bool:
        """Whether the results have a value for each arm, which may be text such as 'NA'."""
        return bool(self.values) and self.values[0] != NOT_POSTED


PAIN = Outcome(("pain",), "Change in pain intensity")
NAUSEA = Outcome(("nausea", "nausea_or_vomiting"), "Number of participants with nausea")

# number of the trial, domains, measure, values as posted (one per arm), unit
_OUTCOMES = """
 1 | pain | Average pain on the NRS (0 to 10) at 4 weeks | 3.1/4.9 | units on a scale
 1 | opioid_use | Oral morphine equivalents per day | 42/60 | mg
 1 | depressive_symptoms | Change in MADRS total score
 2 | pain | Brief Pain Inventory, worst pain | 4.4/6.0
 2 | hallucination | Number of participants with hallucinations
 2 | | Respiratory depression | 0/1 | Participants
 3 | depressive_symptoms | Change in MADRS total score at 24 hours | -16.0/-9.2
 3 | pain | Chronic pain, McGill Questionnaire | not posted
 4 | depressive_symptoms | HAM-D response | 10/4 | Participants
 6 | opioid_use | Opioid consumption in 24 hours | <0.1/NA | mg
 6 | pain | VAS at 4 weeks | 31/44 | mm
 5 | nausea, nausea_or_vomiting | Number of participants with nausea
 5 | hallucination, paranoia | BPRS, 4-item positive symptom subscale | 4.6/4.1
 7 | pain | Neuropathic Pain Symptom Inventory | 22.5/30.1
 8 | pain | Change in pain intensity
 8 | dissociation | Clinician-Administered Dissociative States Scale (CADSS) | 1.2/1.0
 9 | | Pain on injection | 2/3 | Participants
10 | confusion | Delirium by the Confusion Assessment Method | 9/11 | Participants
12 | paranoia | Paranoid ideation
16 | pain | Pain relief | 55/57 | mm
16 | opioid_use | Morphine requirement in 48 hours | 12/31 | mg
18 | pain | Pain intensity after each spray | 4.2
26 | depressive_symptoms | PHQ-9
30 | pain, opioid_use | Pain and opioid consumption at 12 weeks
30 | depressive_symptoms | Beck Depression Inventory
"""
WITHOUT_OUTCOMES = (31,)


def find_outcomes(number: int) -> tuple[Outcome, ...]:
    """Find the planned outcomes of a trial: its lines of the table, else pain and nausea."""
    if number in WITHOUT_OUTCOMES:
        return ()
    lines = (line.split("|") for line in _OUTCOMES.strip().splitlines())
    found = tuple(_make_outcome(*fields) for line, *fields in lines if int(line) == number)
    return found or (PAIN, NAUSEA)[number % 2 :]


def _make_outcome(domains: str, measure: str, values: str = "", unit: str = "score on a scale") -> Outcome:
    posted = tuple(filter(None, values.strip().split("/")))
    return Outcome(tuple(filter(None, domains.strip().split(", "))), measure.strip(), posted, unit.strip())


def build_planned_module(outcomes: tuple[Outcome, ...]) -> dict[str, Any]:
    """Build the outcomes module of a protocol, the first outcome as the primary one; {} without outcomes."""
    planned = [{"measure": outcome.measure, "timeFrame": "4 weeks"} for outcome in outcomes]
    kinds = {"primaryOutcomes": planned[:1], "secondaryOutcomes": planned[1:]}
    return {kind: listed for kind, listed in kinds.items() if listed}


def build_results_module(outcomes: tuple[Outcome, ...], arms: list[tuple[str, int]]) -> dict[str, Any]:
    """Build the outcome measures of the results. arms: label and participants, in the order of the values."""
    listed = [_build_measure(outcome, arms) for outcome in outcomes if outcome.values]
    return {"outcomeMeasures": listed} if listed else {}


def _build_measure(outcome: Outcome, arms: list[tuple[str, int]]) -> dict[str, Any]:
    measure: dict[str, Any] = {"type": "PRIMARY", "title": outcome.measure, "timeFrame": "4 weeks"}
    if not outcome.is_posted:
        return {**measure, "reportingStatus": "NOT_POSTED", "anticipatedPostingDate": "2030-01"}
    ids = [f"OG{index:03d}" for index in range(len(arms))]
    counts = [{"groupId": each, "value": str(people)} for each, (_, people) in zip(ids, arms, strict=True)]
    numbers = [{"groupId": each, "value": value} for each, value in zip(ids, outcome.values, strict=True)]
    return {
        **measure,
        "reportingStatus": "POSTED",
        "paramType": "MEAN",
        "unitOfMeasure": outcome.unit,
        "groups": [{"id": each, "title": label} for each, (label, _) in zip(ids, arms, strict=True)],
        "denoms": [{"units": "Participants", "counts": counts}],
        "classes": [{"categories": [{"measurements": numbers}]}],
    }
