"""The register of the invented world: some thirty trials, and the cells of the answer that can be told by hand."""

from math import floor

from pipeline.sample.trials import Arm, Trial

_SALINE = "Saline"
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
PAIN = ("Chronic Pain",)
NEUROPATHIC = ("Neuropathic Pain", "Chronic Pain")
DEPRESSION = ("Major Depressive Disorder",)
ANAESTHESIA = ("Anesthesia",)


def _pair(number: int, drug: str, how: str, comparator: str, conditions: tuple[str, ...], people: int, active: dict[str, int],
          control: dict[str, int], threshold: str = "0", serious: dict[str, int] | None = None, model: str = "PARALLEL",
          vocabulary: str = "MedDRA 24.0", has_total_group: bool = False) -> Trial:  # fmt: skip
    """A trial of one drug against one comparator, each given the same way."""
    kinds = {"Placebo": "PLACEBO_COMPARATOR", _SALINE: "PLACEBO_COMPARATOR", "None": "NO_INTERVENTION"}
    untreated = comparator == "None"
    arms = (
        Arm(drug, "EXPERIMENTAL", f"{drug} given {how}", (drug,), people, active, serious or {}),
        Arm("No treatment" if untreated else comparator, kinds.get(comparator, "ACTIVE_COMPARATOR"),
            "No treatment" if untreated else f"{comparator} given {how}", () if untreated else (comparator,), people, control),
    )  # fmt: skip
    named = {name: f"{_TEXTS.get(name, name)}, given {how}" for name in (drug, comparator) if name != "None"}
    return Trial(number, f"{drug} {how} against {comparator.lower()} in {conditions[0].lower()}", conditions, arms, named,
                 threshold, model=model, vocabulary=vocabulary, has_total_group=has_total_group)  # fmt: skip


def _single(
    number: int, drug: str, how: str, conditions: tuple[str, ...], people: int, active: dict[str, int]
) -> Trial:
    arm = Arm(drug, "EXPERIMENTAL", f"{drug} given {how}", (drug,), people, active)
    return Trial(number, f"{drug} {how}, open label", conditions, (arm,), {drug: f"{_TEXTS[drug]}, given {how}"})


def _without_results(number: int, drug: str, how: str, conditions: tuple[str, ...]) -> Trial:
    arms = (
        Arm(drug, "EXPERIMENTAL", f"{drug} given {how}", (drug,), 30),
        Arm("Placebo", "PLACEBO_COMPARATOR", f"Placebo given {how}", ("Placebo",), 30),
    )
    named = {drug: f"{_TEXTS[drug]}, given {how}", "Placebo": _TEXTS["Placebo"]}
    sought = ("Change in pain intensity", "Number of participants with nausea")[number % 2 :]
    return Trial(number, f"{drug} {how}, recruiting", conditions, arms, named, has_results=False, outcomes=sought)


def invent_trials() -> tuple[Trial, ...]:
    """Every trial of the world, in the order of its number."""
    return (*_plain_trials(), *_awkward_trials(), *_open_trials())


def _plain_trials() -> tuple[Trial, ...]:
    return (
        _pair(1, "Ketamine", "intravenously", _SALINE, PAIN, 40, {"Nausea": 9, "Hallucination": 4, "Dizziness": 8}, {"Nausea": 3, "Dizziness": 2}),
        _pair(2, "Ketamine", "intravenously", _SALINE, NEUROPATHIC, 50, {"Nausea": 11, "Headache": 6}, {"Nausea": 4, "Headache": 5}, "5"),
        _pair(3, "Ketamine", "intravenously", "Midazolam", DEPRESSION, 60, {"Nausea": 12, "Dissociation": 30, "Vomiting": 5}, {"Nausea": 6}),
        _pair(4, "Ketamine", "intramuscularly", "Midazolam", DEPRESSION, 24, {"Hallucination, visual": 3, "Nausea": 4}, {"Nausea": 1}, "5"),
        _pair(5, "Esketamine", "intranasally", "Placebo", DEPRESSION, 110, {"Nausea": 30, "Vomiting": 8, "Dissociation": 28}, {"Nausea": 9}, "5"),
        _pair(6, "Ketamine", "orally", "Placebo", PAIN, 36, {"Nausea": 5, "Confusional state": 2}, {"Nausea": 3}),
        _pair(7, "Ketamine", "subcutaneously", "Placebo", PAIN, 32, {"Hallucination": 2, "Paranoia": 1}, {"Nausea": 1}),
        _pair(8, "Ketamine", "as a topical cream", "Placebo", PAIN, 45, {"Rash": 3}, {"Rash": 2}),
        _pair(9, "Magnesium sulfate", "intravenously", _SALINE, ANAESTHESIA, 70, {"Nausea": 7, "Vomiting": 3}, {"Nausea": 14, "Vomiting": 8}),
        _pair(10, "Memantine", "orally", "Placebo", ("Alzheimer Disease",), 150, {"Confusional state": 9, "Hallucination": 3},
              {"Confusional state": 11}, "5", {"Confusional state": 1}),
        _pair(11, "Memantine", "orally", "Placebo", PAIN, 28, {"Nausea": 4, "Vomiting": 2}, {"Nausea": 2}),
        _pair(12, "Dextromethorphan/quinidine", "orally", "Placebo", ("Pseudobulbar Affect",), 108, {"Nausea": 13}, {"Nausea": 9}, "5"),
        _pair(13, "Dextromethorphan/bupropion", "orally", "Bupropion", DEPRESSION, 48, {"Nausea": 8}, {"Nausea": 6}),
        _pair(14, "Amantadine", "orally", "Placebo", ("Parkinson Disease",), 64, {"Hallucination, visual": 15, "Hallucination, auditory": 4,
              "Nausea": 8}, {"Hallucination, visual": 2, "Nausea": 3}),
        _pair(15, "Ketamine", "intravenously", "None", ANAESTHESIA, 30, {"Vomiting": 4}, {"Vomiting": 5}),
        _pair(16, "Ketamine", "intravenously", "Morphine", PAIN, 44, {"Nausea": 6, "Hallucination": 5}, {"Nausea": 13}),
        _single(17, "Ketamine", "by sublingual tablet", DEPRESSION, 20, {"Nausea": 3, "Dissociation": 6}),
        _single(18, "Esketamine", "intranasally", PAIN, 18, {"Hallucination": 1, "Nausea": 4}),
    )  # fmt: skip


def _awkward_trials() -> tuple[Trial, ...]:
    """What a count must survive: crossover, a Total group, a composite term, another vocabulary, one drug by two routes."""
    two_routes = Arm("Ketamine IV then oral", "EXPERIMENTAL", "Intravenous ketamine on day 1, then oral ketamine for two weeks",
                     ("Ketamine",), 22, {"Nausea": 5})  # fmt: skip
    with_oral = Arm("Esketamine plus oral antidepressant", "EXPERIMENTAL", "Intranasal esketamine with a new oral antidepressant",
                    ("Esketamine",), 90, {"Nausea": 24, "Dissociation": 21})  # fmt: skip
    dummy = Arm("Placebo spray plus oral antidepressant", "PLACEBO_COMPARATOR", "Intranasal placebo with a new oral antidepressant",
                ("Placebo",), 88, {"Nausea": 8})  # fmt: skip
    return (
        _pair(19, "Ketamine", "intravenously", _SALINE, ("Fibromyalgia",), 16, {"Nausea": 4}, {"Nausea": 1}, model="CROSSOVER"),
        _pair(20, "Magnesium sulfate", "intravenously", "Placebo", ("Complex Regional Pain Syndrome",), 26, {"Nausea": 3}, {"Nausea": 2}, has_total_group=True),
        _pair(21, "Ketamine", "intravenously", "Fentanyl", ANAESTHESIA, 52, {"Nausea/vomiting": 10}, {"Nausea/vomiting": 15}),
        _pair(22, "Ketamine", "intranasally", "Midazolam", ANAESTHESIA, 34, {"Emesis": 4, "Hallucinations": 2}, {"Emesis": 1}, vocabulary="CTCAE 4.0"),
        _pair(23, "Magnesium sulfate", "intrathecally", _SALINE, ANAESTHESIA, 40, {"Vomiting": 2}, {"Vomiting": 3}, vocabulary="SNOMED CT"),
        Trial(24, "ketamine by two routes", DEPRESSION, (two_routes,), {"Ketamine": "Ketamine, intravenous then oral"}),
        Trial(25, "esketamine added to an oral antidepressant", DEPRESSION, (with_oral, dummy),
              {"Esketamine": _TEXTS["Esketamine"], "Placebo": "Placebo nasal spray"}, "5", phase="PHASE3"),
    )  # fmt: skip


def _open_trials() -> tuple[Trial, ...]:
    plans = (("Ketamine", "intravenously", DEPRESSION), ("Esketamine", "intranasally", PAIN), ("Memantine", "orally", PAIN),
             ("Amantadine", "orally", DEPRESSION), ("Magnesium sulfate", "intravenously", PAIN), ("Ketamine", "orally", PAIN),
             ("Dextromethorphan/bupropion", "orally", DEPRESSION))  # fmt: skip
    return tuple(_without_results(26 + index, *plan) for index, plan in enumerate(plans))


# Trials that stand alone in their cells, with what those cells are: drug, route, population, comparator.
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
_GROUP = {"nausea": ("Nausea",), "vomiting": ("Vomiting",), "nausea_or_vomiting": ("Nausea", "Vomiting"), "paranoia": ("Paranoia",),
          "confusion": ("Confusional state",), "dissociation": ("Dissociation",),
          "hallucination": ("Hallucination", "Hallucination, visual", "Hallucination, auditory")}  # fmt: skip


def observed_cells() -> list[dict[str, object]]:
    """People affected among people at risk, narrow definition, for the trials that stand alone in their cells."""
    cells: list[dict[str, object]] = []
    for trial in invent_trials():
        if trial.number not in _ALONE:
            continue
        key = dict(zip(("drug", "route", "population", "comparator"), _ALONE[trial.number], strict=True))
        for reaction, terms in _GROUP.items():
            bounds = [_bounds(trial, arm, terms) for arm in trial.arms]
            if any(bound is None for bound in bounds):
                continue
            cells.append({**key, "reaction": reaction, "definition": "narrow", "trial_count": 1}
                         | _people("", trial.arms[0], bounds[0]) | _people("comparator_", trial.arms[1], bounds[1]))  # fmt: skip
    return cells


def _people(prefix: str, arm: Arm, bounds: tuple[int, int] | None) -> dict[str, object]:
    lower, upper = bounds or (0, 0)
    return {f"{prefix}participants_affected_lower": lower, f"{prefix}participants_affected_upper": upper,
            f"{prefix}participants_at_risk": arm.people}  # fmt: skip


def _bounds(trial: Trial, arm: Arm, terms: tuple[str, ...]) -> tuple[int, int] | None:
    """Lower: the largest row. Upper: the sum, capped at the people at risk. A row of one arm is a row of every arm.

    None where part of a group was posted and part may lie below the threshold: that reading is left to a person.
    """
    listed = {term for each in trial.arms for term in each.other} & set(terms)
    threshold = int(trial.threshold)
    if threshold and listed and len(terms) > 1:
        return None
    serious = {term for each in trial.arms for term in each.serious} & set(terms)
    counts = [arm.other.get(term, 0) for term in listed] + [arm.serious.get(term, 0) for term in serious]
    if listed:
        return max(counts), min(sum(counts), arm.people)
    return 0, floor(threshold * arm.people / 100)
