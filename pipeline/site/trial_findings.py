"""What trials found of a drug, as a page shows it beside reports: never on one axis with them."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from pipeline.site.context import Context
from pipeline.site.numbers import NOTHING, show_count, show_signed
from pipeline.site.words import say, say_reaction

FINDINGS = """
select
    main.route, main.reaction, main.population, main.comparator, main.sentence_text, main.trial_count,
    main.participants_affected, main.participants_at_risk, main.comparator_participants_affected,
    main.comparator_participants_at_risk, main.difference_per_1000, main.difference_per_1000_lower,
    main.difference_per_1000_upper, main.certainty, main.certainty_reasons, main.reason_code,
    main.risk_ratio, main.risk_ratio_lower, main.risk_ratio_upper, main.crossover_trial_count,
    main.not_randomised_trial_count, main.trials_below_threshold_count,
    least.difference_per_1000_lower as least, most.difference_per_1000_upper as most
from summary.finding as main
left join summary.finding as least
    on least.bound = 'drug_lower_comparator_upper' and least.drug = main.drug and least.route = main.route
    and least.reaction = main.reaction and least.population = main.population
    and least.comparator = main.comparator and least.register = main.register
left join summary.finding as most
    on most.bound = 'drug_upper_comparator_lower' and most.drug = main.drug and most.route = main.route
    and most.reaction = main.reaction and most.population = main.population
    and most.comparator = main.comparator and most.register = main.register
where main.bound = 'lower' and main.register = 'all' and main.drug = $drug
    and (main.route = 'any') = $is_any
"""
PHRASES = "select value, phrase from codes.sentence_word where vocabulary = $vocabulary"
CHIEF = ("chronic_pain", "placebo")
"""The population and comparator that stand first where a drug has trials of them."""


def read_findings(context: Context, drug: str, *, is_any: bool = True) -> list[dict[str, Any]]:
    """Every finding of a drug over all registers, with its texts; those of one comparison together.

    is_any: by any route; else those of each route of its own.
    """
    phrases = read_comparison_phrases(context) | {"certainty_reason": read_phrases(context, "certainty_reason")}
    rows = [row | _describe(row, phrases) for row in context.ask(FINDINGS, {"drug": drug, "is_any": is_any})]
    order = {reaction: position for position, reaction in enumerate(context.reactions)}
    return sorted(
        rows,
        key=lambda row: (
            (row["population"], row["comparator"]) != CHIEF,
            row["population"],
            row["comparator"],
            order.get(row["reaction"], len(order)),
            row["reaction"],
        ),
    )


def choose_comparison(findings: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The findings of one comparison: chronic pain against placebo, else that with the most people at risk."""
    people: dict[tuple[str, str], int] = {}
    for row in findings:
        pair = row["population"], row["comparator"]
        people[pair] = max(people.get(pair, 0), row["people"])
    if not people:
        return []
    chosen = CHIEF if CHIEF in people else max(sorted(people), key=lambda pair: people[pair])
    return [row for row in findings if (row["population"], row["comparator"]) == chosen]


def make_difference_frame(findings: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """The frame of `charts.draw_forest` from the findings of one comparison."""
    return pd.DataFrame(
        {
            "label": [row["reaction_text"] for row in findings],
            "counts": [row["affected_text"] for row in findings],
            "estimate": pd.Series([row["difference_per_1000"] for row in findings], dtype=float),
            "lower": pd.Series([row["difference_per_1000_lower"] for row in findings], dtype=float),
            "upper": pd.Series([row["difference_per_1000_upper"] for row in findings], dtype=float),
            "text": [row["difference_text"] for row in findings],
            "note": ["not estimated" for _ in findings],
            "is_flagged": [False for _ in findings],
        }
    )


def read_phrases(context: Context, vocabulary: str) -> dict[str, str]:
    """What words of a vocabulary are called in the sentences of findings; nothing where a snapshot lacks the list."""
    if not context.has_table("codes.sentence_word"):
        return {}
    rows = context.ask(PHRASES, {"vocabulary": vocabulary})
    return {row["value"]: row["phrase"] for row in rows}


def read_comparison_phrases(context: Context) -> dict[str, dict[str, str]]:
    """What populations and comparators are called, as say_comparison needs it."""
    return {vocabulary: read_phrases(context, vocabulary) for vocabulary in ("population", "trial_comparator")}


def say_comparison(row: Mapping[str, Any], phrases: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """population_text and comparator_text of a row, as sentences call them: `People with chronic pain`, `Placebo`."""
    return {
        f"{name}_text": say(phrases[vocabulary].get(row[name], row[name]))
        for name, vocabulary in (("population", "population"), ("comparator", "trial_comparator"))
    }


def _list_reasons(codes: str | None, phrases: Mapping[str, str]) -> list[str]:
    """What lowers certainty, in words; a reviewer may have written a reason in words of their own."""
    return [phrases.get(code, code.replace("_", " ")) for code in (codes or "").split(", ") if code]


def _describe(row: dict[str, Any], phrases: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    reasons = _list_reasons(row["certainty_reasons"], phrases["certainty_reason"])
    return say_comparison(row, phrases) | {
        "reaction_text": say_reaction(row["reaction"]),
        "people": (row["participants_at_risk"] or 0) + (row["comparator_participants_at_risk"] or 0),
        "affected_text": show_part(row["participants_affected"], row["participants_at_risk"]),
        "beside_text": show_part(row["comparator_participants_affected"], row["comparator_participants_at_risk"]),
        "difference_text": show_difference(
            row["difference_per_1000"], row["difference_per_1000_lower"], row["difference_per_1000_upper"]
        ),
        "open_text": NOTHING
        if row["least"] is None or row["most"] is None
        else f"{show_signed(row['least'], 0)} to {show_signed(row['most'], 0)}",
        "reasons": reasons,
        "reasons_text": "; ".join(reasons) or NOTHING,
    }


def show_part(affected: Any, at_risk: Any) -> str:
    """Participants affected / at risk."""
    return f"{show_count(affected)} / {show_count(at_risk)}"


def show_difference(estimate: Any, lower: Any, upper: Any) -> str:
    """A difference per 1,000 with its interval, in whole people."""
    if estimate is None:
        return NOTHING
    return f"{show_signed(estimate, 0)} ({show_signed(lower, 0)} to {show_signed(upper, 0)})"
