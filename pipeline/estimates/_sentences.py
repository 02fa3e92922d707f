"""A finding of trials in one plain sentence, after the wording that GRADE recommends for each certainty.

Source: Santesso et al., J Clin Epidemiol 2020;119:126 (informative statements: "may" at low certainty, "very
uncertain" at very low). Events are reported or recorded; nobody is said to "have" them. Where the interval holds no
difference, neither "more" nor "fewer" stands alone.
"""

from typing import Any

RECORDED = ("serious_adverse_event", "withdrawal_for_adverse_event")
UNCERTAIN = "very low"
TENTATIVE = ("low", UNCERTAIN)
OTHER_BOUNDS = {
    "upper": "Events below a reporting threshold are counted at most.",
    "drug_upper_comparator_lower": "Events below a reporting threshold are counted at most with the drug only.",
    "drug_lower_comparator_upper": "Events below a reporting threshold are counted at most with the comparator only.",
}

Phrases = dict[tuple[str, str], str]
"""What a word of a vocabulary is called in a sentence: codes.sentence_word."""


def write_sentence(finding: dict[str, Any], phrases: Phrases) -> str:
    """The sentence of one row of `summary.finding`.

    finding: its key, `trial_count`, people at risk in both arms, difference_per_1000 with its bounds, `certainty`,
    `certainty_reasons` and randomisation_not_stated_trial_count. Raises KeyError for a word that has no phrase.
    """
    drug = phrases["route", finding["route"]].format(drug=phrases["drug", finding["drug"]])
    comparator = phrases["trial_comparator", finding["comparator"]]
    reaction = phrases["reaction", finding["reaction"]]
    population = phrases["population", finding["population"]]
    if not finding["trial_count"]:
        return f"No randomised trial in {population} compares {drug} with {comparator} for {reaction}."
    sentence = (
        f"{_describe_trials(finding, population)}, {reaction} {_choose_verb(finding)} {_describe_difference(finding)}"
        f" given {drug} than given {comparator} ({_describe_interval(finding)})"
    )
    if finding["certainty"] == UNCERTAIN:
        sentence += ", but the evidence is very uncertain"
    parts = [sentence, _describe_certainty(finding, phrases), OTHER_BOUNDS.get(finding["bound"], "").rstrip(".")]
    return " ".join(f"{part}." for part in parts if part)


def _describe_trials(finding: dict[str, Any], population: str) -> str:
    count = finding["trial_count"]
    people = finding["participants_at_risk"] + finding["comparator_participants_at_risk"]
    trials = f"{count} randomised trial{'s' if count > 1 else ''}"
    not_stated = finding["randomisation_not_stated_trial_count"]
    if not_stated:
        trials = f"{count} trial{'s' if count > 1 else ''}, {not_stated} without a statement of randomisation"
    return f"In {trials} ({people:,} {population})"


def _choose_verb(finding: dict[str, Any]) -> str:
    verb = "recorded for" if finding["reaction"] in RECORDED else "reported by"
    return f"may be {verb}" if finding["certainty"] in TENTATIVE else f"was {verb}"


def _describe_difference(finding: dict[str, Any]) -> str:
    lower, upper = finding["difference_per_1000_lower"], finding["difference_per_1000_upper"]
    if lower <= 0 <= upper:
        return f"between {_describe_people(lower)} fewer and {_describe_people(upper)} more per 1,000"
    difference = finding["difference_per_1000"]
    return f"{_describe_people(difference)} {'more' if difference > 0 else 'fewer'} per 1,000"


def _describe_interval(finding: dict[str, Any]) -> str:
    lower, upper = finding["difference_per_1000_lower"], finding["difference_per_1000_upper"]
    if lower <= 0 <= upper:
        return "95 % CI"
    near, far = sorted((abs(lower), abs(upper)))
    return f"95 % CI {_describe_people(near)} to {_describe_people(far)} {'more' if lower > 0 else 'fewer'}"


def _describe_people(difference: float) -> str:
    """Whole people per 1,000; tenths below one, so that a difference is not rounded away."""
    people = abs(difference)
    return f"{people:.1f}" if 0 < people < 1 else f"{people:,.0f}"


def _describe_certainty(finding: dict[str, Any], phrases: Phrases) -> str:
    codes = [code for code in (finding["certainty_reasons"] or "").split(", ") if code]
    # a reviewer may write a reason in words of their own
    reasons = "; ".join(phrases.get(("certainty_reason", code), code) for code in codes)
    level = f"{finding['certainty'].capitalize()} certainty"
    return f"{level}: {reasons}" if reasons else level
