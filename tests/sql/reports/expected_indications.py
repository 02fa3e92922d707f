"""What the indications of the random worlds mean, and which of them a label names; no code list is read."""

KINDS = {"neuropathic_pain", "pain_not_specified"}  # of chronic pain, as far as the worlds name them
POPULATIONS = {
    "pain": "pain_not_specified", "neuralgia": "neuropathic_pain", "depression": "depression",
    "treatment resistant depression": "depression", "anaesthesia": "anaesthesia_sedation",
    "dementia alzheimer's type": "dementia", "parkinson's disease": "parkinson", "cough": "cough",
    "product used for unknown indication": "unknown", "off label use": "unknown",
}  # fmt: skip
"""Population of a term in lower case; every other term is another indication."""

GROUPS = {
    "pain": "chronic_pain", "neuralgia": "chronic_pain", "depression": "depression",
    "treatment resistant depression": "depression", "anaesthesia": "anaesthesia_sedation",
    "dementia alzheimer's type": "dementia", "parkinson's disease": "parkinson", "cough": "cough",
    "product used for unknown indication": "unknown",
}  # fmt: skip
"""What the adjusted contrast of routes adjusts for; every other term is another indication."""

INJECTED = ("intravenous", "intramuscular", "parenteral_unspecified")
LABELLED = {
    **{("ketamine", route, "anaesthesia"): "" for route in INJECTED},
    ("esketamine", "intranasal", "treatment resistant depression"): "2019-03-05",
    ("memantine", "oral", "dementia alzheimer's type"): "2003-10-16",
    ("dextromethorphan", "oral", "cough"): "",
    ("amantadine", "oral", "parkinson's disease"): "",
}
"""Drug, route and term that a label of the US names, and the day from which it does."""

OPEN = {
    ("esketamine", "intranasal", "depression"),
    *(("dextromethorphan", "oral", term) for term in ("pain", "depression", "treatment resistant depression")),
    ("dextromethorphan", "oral", "dementia alzheimer's type"),
}
"""Drug, route and term of which a label of the US leaves open whether it names it."""

UNDECIDED_ROUTES = ("unknown", "other")
WITH_PRODUCT = {
    "ketamine": {"intravenous", "intramuscular", "parenteral_unspecified"},
    "esketamine": {"intravenous", "intramuscular", "parenteral_unspecified", "intranasal"},
    "memantine": {"oral"}, "dextromethorphan": {"oral"},
    "amantadine": {"oral", "intravenous", "parenteral_unspecified"},
    "magnesium": {"oral", "intravenous", "intramuscular", "parenteral_unspecified"},
}  # fmt: skip
WITHOUT_PRODUCT = {
    "ketamine": set(), "esketamine": set(), "magnesium": set(),
    "memantine": {"intravenous", "intramuscular", "intranasal", "parenteral_unspecified"},
    "dextromethorphan": {"intravenous", "intramuscular", "intranasal", "parenteral_unspecified"},
    "amantadine": {"intramuscular"},
}  # fmt: skip
"""Routes of the worlds by which a product of the drug exists, and by which none is known."""
