"""What a reader must keep in mind of each drug, beside the caveat of all reports.

Written from general knowledge of the drugs, not from a source that was read for it; a safety physician should review
the wording (DECISIONS.md). Sums and parts of a drug carry the caveats of the drugs they are made of.
"""

CAVEATS = {
    "ketamine": (
        "Ketamine is an anaesthetic, is used at low doses against pain and depression, and is misused. Dissociation "
        "and hallucination are known effects of it, and reports of misuse say little of its use in care. Where the "
        "form is not stated, ketamine and esketamine cannot be told apart."
    ),
    "esketamine": (
        "In the United States esketamine nasal spray is given under a programme of supervised administration, in "
        "which every patient is watched after each dose and reports are asked for. That raises the number of "
        "reports, of dissociation and sedation above all. Depression is what it is given for."
    ),
    "memantine": (
        "Memantine is given in dementia, which itself causes confusion, hallucination and paranoia. A report may "
        "describe the illness."
    ),
    "amantadine": (
        "Amantadine is given in Parkinson's disease, in which hallucination and confusion are common with and "
        "without it, and other drugs taken beside it cause them too."
    ),
    "dextromethorphan": (
        "Dextromethorphan is in many cough medicines with other ingredients, is combined with quinidine or "
        "bupropion, and is misused for its dissociative effect at high doses. Reports of misuse and of combinations "
        "are among these cases; analyses that leave them out are in summary.signal."
    ),
    "magnesium": (
        "Magnesium is an antacid, a laxative, a supplement and an infusion, for very different people. What a report "
        "means depends on the route: only magnesium by injection or infusion is given to act on the "
        "brain."
    ),
}
PARTS = {
    "ketamine_any": ("ketamine", "esketamine"),
    "magnesium_parenteral": ("magnesium",),
    "magnesium_oral": ("magnesium",),
    "magnesium_gastrointestinal": ("magnesium",),
}


def find_caveats(drug: str) -> tuple[str, ...]:
    """The caveats of a drug; none for one that is new to the watch list."""
    return tuple(CAVEATS[part] for part in PARTS.get(drug, (drug,)) if part in CAVEATS)
