"""The codes of the words in the random worlds, written a second time from the contract; no code list is read."""

# name as reported or ingredient -> ingredients; an ingredient the watch list does not hold stays itself
NAMES = {
    "KETAMINE": ["KETAMINE"], "Ketamine": ["KETAMINE"], "MAGNESIUM SULFATE": ["MAGNESIUM SULFATE"],
    "KETALAR": ["KETAMINE"], "KETAMINE HCL": ["KETAMINE"], "KETAMINE (PFIZER)": ["KETAMINE"],
    "SPRAVATO": ["ESKETAMINE"], "S-KETAMINE": ["ESKETAMINE"], "AMANTADINE.": ["AMANTADINE"],
    "NAMZARIC": ["MEMANTINE", "DONEPEZIL"], "NUEDEXTA": ["DEXTROMETHORPHAN", "QUINIDINE"],
    "ROBITUSSIN": [], "FLUMADINE": ["RIMANTADINE"], "NORKETAMINE": ["NORKETAMINE"], "ASPIRIN": [],
    "MEMATINE": ["MEMANTINE"], "MGSO4": ["MAGNESIUM SULFATE"],
    "Ketamine Hydrochloride 50 mg/ml injection": ["KETAMINE"],
}  # fmt: skip
# whole names sought within a longer name, longest first, and words beside them that change their meaning
PHRASES = {
    "ESOMEPRAZOLE MAGNESIUM": [], "MAGNESIUM SULFATE": ["MAGNESIUM SULFATE"], "MAGNESIUM OXIDE": ["MAGNESIUM OXIDE"],
    "MUCINEX DM": ["DEXTROMETHORPHAN", "GUAIFENESIN"], "S KETAMINE": ["ESKETAMINE"], "KETAMINE": ["KETAMINE"],
    "MEMANTINE": ["MEMANTINE"], "AMANTADINE": ["AMANTADINE"],
}  # fmt: skip
ABSENT = ("ANTAGONIST", "FREE")
DRUGS = {
    "KETAMINE": "ketamine", "ESKETAMINE": "esketamine", "MEMANTINE": "memantine", "AMANTADINE": "amantadine",
    "DEXTROMETHORPHAN": "dextromethorphan", "MAGNESIUM SULFATE": "magnesium", "MAGNESIUM OXIDE": "magnesium",
    "MAGNESIUM HYDROXIDE": "magnesium", "MAGNESIUM CHLORIDE": "magnesium",
}  # fmt: skip
ROUTES = {
    "INTRAVENOUS DRIP": "intravenous", "INTRAVENOUS (NOT OTHERWISE SPECIFIED)": "intravenous", "ORAL": "oral",
    "NASAL": "intranasal", "PARENTERAL": "parenteral_unspecified", "OTHER": "other", "TRANSPLACENTAL": "other",
    "INTRA-ARTICULAR": "other", "UNKNOWN": "unknown", "": "unknown", "INTRAMUSCULAR": "intramuscular",
}  # fmt: skip
SPOILS = {"INTRAVENOUS DRIP", "INTRAVENOUS (NOT OTHERWISE SPECIFIED)", "PARENTERAL", "OTHER", "TRANSPLACENTAL"}
NARROW = {
    "hallucination, visual": ["hallucination"], "hallucination": ["hallucination"], "paranoia": ["paranoia"],
    "confusional state": ["confusion"], "nausea": ["nausea"], "vomiting": ["vomiting"],
    "dissociation": ["dissociation"], "drug abuse": ["misuse_or_dependence"],
}  # fmt: skip
BROAD = {"delirium": ["hallucination", "confusion"], "delusion": ["paranoia"], "retching": ["nausea", "vomiting"]}
REACTIONS = (
    "hallucination", "paranoia", "confusion", "nausea", "vomiting", "nausea_or_vomiting", "dissociation",
    "misuse_or_dependence", "depression_or_suicidality",
)  # fmt: skip
MISUSE = {"drug abuse"}  # terms of use other than as a medicine
# reactions that an analysis does not judge, since it sets aside cases of their own terms
OWN_OUTCOME = {"without_misuse_or_overdose": {"misuse_or_dependence", "depression_or_suicidality"}}
SEQUENTIAL_START = "2016Q4"  # of the plan that tests of reports set: the first modern quarter of the random worlds
COMPARATORS = {  # ingredients of each restricted comparator of a drug, as far as the random worlds name them
    ("other_anaesthetics", "ketamine"): set(), ("antidepressants", "esketamine"): set(),
    ("anti_dementia", "memantine"): {"DONEPEZIL"}, ("antiparkinson", "amantadine"): set(),
    ("cough_medicines", "dextromethorphan"): set(),
}  # fmt: skip
HINTS = {"50 MG IV": "INTRAVENOUS DRIP", "20 MG BY MOUTH": "ORAL"}  # routes that can be inferred from the dose text
YEARS = {"DEC": 10, "YR": 1, "MON": 1 / 12, "WK": 1 / 52.1775, "DY": 1 / 365.25, "HR": 1 / 8766}
COUNTRIES = {"US", "NA", "GB", "not stated"}  # every other text is a country that no list knows
REPORTERS = {"MD": "physician", "CN": "consumer", "": "not stated"}
SERIOUS = {"DE", "LT", "HO", "DS", "CA", "RI", "OT"}
