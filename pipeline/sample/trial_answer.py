"""The expected rows of `evidence_gap` and `pain_outcome_posted` for the invented trials, by their author's intent."""

from pipeline.sample.outcomes import Outcome
from pipeline.sample.registry import invent_trials
from pipeline.sample.trials import SYSTEMATIC, Arm, Trial

Row = dict[str, object]
_TERMS = {
    "Nausea": ("nausea", "nausea_or_vomiting"),
    "Vomiting": ("vomiting", "nausea_or_vomiting"),
    "Emesis": ("vomiting", "nausea_or_vomiting"),
    "Nausea/vomiting": ("nausea_or_vomiting",),
    "Hallucination": ("hallucination",),
    "Hallucinations": ("hallucination",),
    "Hallucination, visual": ("hallucination",),
    "Paranoia": ("paranoia",),
    "Confusional state": ("confusion",),
    "Dissociation": ("dissociation",),
}
# rows that name several reactions at once, and what they may hide
_HIDDEN_BY = {
    "Nausea/vomiting": ("nausea", "vomiting"),
    "Emergence reaction": ("hallucination", "paranoia", "confusion", "dissociation"),
}
_MOOD = ("misuse_or_dependence", "depression_or_suicidality")
_REACTIONS = tuple(dict.fromkeys([domain for domains in _TERMS.values() for domain in domains] + [*_MOOD]))
DOMAINS = ("pain", "depressive_symptoms", "opioid_use", *_REACTIONS)
_DRUGS = {
    "Magnesium sulfate": "magnesium",
    "Dextromethorphan/quinidine": "dextromethorphan",
    "Dextromethorphan/bupropion": "dextromethorphan",
    "Ketamine": "ketamine",
    "Esketamine": "esketamine",
    "Memantine": "memantine",
    "Amantadine": "amantadine",
}


def list_evidence_gaps() -> list[Row]:
    """List every invented trial and outcome domain with the intended status."""
    return [
        {
            "trial_id": trial.nct_id,
            "domain": domain,
            "status": _find_status(trial, domain),
            "drugs_text": "; ".join(sorted({drug for arm in trial.arms for drug in _find_drugs(arm)})),
        }
        for trial in invent_trials()
        for domain in DOMAINS
    ]


def list_posted_pain() -> list[Row]:
    """List every number that a trial posted for an outcome about pain, with the drugs of its arm."""
    return [
        {
            "trial_id": trial.nct_id,
            "outcome_measure": outcome.measure,
            "group_title": arm.label,
            "drugs_text": "; ".join(_find_drugs(arm)) or None,
            "value_text": value,
            "unit_text": outcome.unit,
            "analysed_count": arm.people,
        }
        for trial in invent_trials()
        if trial.has_results
        for outcome in trial.outcomes
        if outcome.is_posted and "pain" in outcome.domains
        for arm, value in zip(trial.arms, outcome.values, strict=True)
    ]


def _find_status(trial: Trial, domain: str) -> str:
    """Decide by posted results, then adverse events, then planned outcomes. Every ended trial ended in 2021."""
    sought = [outcome for outcome in trial.outcomes if domain in outcome.domains]
    if trial.has_results and (status := _find_posted_status(trial, domain, sought)):
        return status
    if sought:
        return "sought_not_reported" if trial.has_ended else "unknown"
    if trial.has_results and domain in _REACTIONS:
        return "zero_not_solicited" if trial.threshold == "0" else "unknown"
    return "not_sought" if trial.outcomes else "unknown"


def _find_posted_status(trial: Trial, domain: str, sought: list[Outcome]) -> str:
    """Decide by what is posted; '' where that says nothing of it, or only that nobody mentioned it."""
    terms = {term for arm in trial.arms for term in (*arm.other, *arm.serious)}
    if any(outcome.is_posted for outcome in sought) or any(domain in _TERMS.get(term, ()) for term in terms):
        return "reported"
    if any(domain in hidden and term in terms for term, hidden in _HIDDEN_BY.items()):
        return "unknown"
    is_zero = domain in _REACTIONS and trial.threshold == "0" and trial.ascertainment == SYSTEMATIC
    return "reported" if is_zero else ""


def _find_drugs(arm: Arm) -> list[str]:
    return sorted(_DRUGS[name] for name in arm.interventions if name in _DRUGS)
