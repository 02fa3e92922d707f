"""The trials behind a finding and what was pooled of them, as the pages of trials show them.

Pooled effects are read from `summary.trial_effect`. Each trial's own effect is computed here by the score interval
that the published finding has (`statistics.score`), which for one trial is that of Miettinen and Nurminen (1985).
"""

import math
import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import Any

from pipeline.site.context import Context
from pipeline.site.numbers import NOTHING, show_percent, show_ratio
from pipeline.site.trial_findings import read_comparison_phrases, say_comparison, show_difference, show_part
from pipeline.site.words import say_reaction
from pipeline.statistics.score import score_difference, score_ratio
from pipeline.statistics.trial_tables import read_trials

Key = tuple[str, str, str]
"""Reaction, population and comparator."""
REGISTERED = re.compile(r"NCT\d{8}")
EFFECTS = ("rr", "rr_lower", "rr_upper", "rd", "rd_lower", "rd_upper")
TRIALS = """
select
    compared.reaction, compared.population, compared.comparator, compared.trial_id, compared.register,
    coalesce(trial.brief_title, study.study_name) as title,
    compared.participants_affected, compared.participants_at_risk,
    compared.comparator_participants_affected, compared.comparator_participants_at_risk,
    compared.is_crossover, compared.is_below_threshold, compared.is_hidden_in_composite,
    compared.randomisation, compared.is_systematically_assessed, compared.risk_of_bias
from events.trial_comparison as compared
left join clean.trial as trial
    on compared.register = 'clinicaltrials' and trial.trial_id = compared.trial_id
left join clean.study as study
    on compared.register = 'studies' and study.trial_id = compared.trial_id
where compared.drug = $drug and compared.route = 'any' and compared.definition = 'narrow'
    and compared.bound = 'lower' and compared.is_in_all and compared.comparator != 'none'
order by compared.trial_id
"""
POOLED = """
select
    reaction, population, comparator, measure, method, trial_count, pooled_trial_count, double_zero_trial_count,
    estimate, lower, upper, tau_squared, i_squared, prediction_lower, prediction_upper, reason_code, note_code
from summary.trial_effect
where drug = $drug and route = 'any' and definition = 'narrow' and bound = 'lower' and register = 'all'
    and analysis = 'primary' and (method = 'mh' and interval = 'score' or method = 'reml' and interval = 'hk_adhoc')
"""
QUALIFIES = {
    "is_crossover": "crossover, analysed as if unpaired",
    "is_below_threshold": "counted at least: events below the reporting threshold need not be posted",
    "is_hidden_in_composite": "a combined term may hide more",
}


def read_trial_rows(context: Context, drug: str) -> dict[Key, list[dict[str, Any]]]:
    """The trials of each comparison of a drug by any route, each once, with their own effects and weights.

    Beside the columns of events.trial_comparison: rr, rr_lower, rr_upper, rd, rd_lower, rd_upper (the difference per
    1,000; None where there is none, infinite where a ratio has no upper bound), weight (0 to 1, None for a trial that
    is not pooled) and texts.
    """
    phrases = read_comparison_phrases(context)
    found: dict[Key, list[dict[str, Any]]] = defaultdict(list)
    for row in context.ask(TRIALS, {"drug": drug}):
        key = row["reaction"], row["population"], row["comparator"]
        found[key].append(row | measure_trial(row) | say_comparison(row, phrases))
    return {key: [row | _describe(row, share) for row, share in _share(rows)] for key, rows in found.items()}


def read_pooled(context: Context, drug: str) -> dict[Key, dict[tuple[str, str], dict[str, Any]]]:
    """The published effects of each comparison of a drug by any route, by measure and method."""
    found: dict[Key, dict[tuple[str, str], dict[str, Any]]] = defaultdict(dict)
    for row in context.ask(POOLED, {"drug": drug}):
        found[row["reaction"], row["population"], row["comparator"]][row["measure"], row["method"]] = row
    return found


def measure_trial(row: Mapping[str, Any]) -> dict[str, float | None]:
    """Risk ratio and difference per 1,000 of one trial, with their score intervals."""
    return _measure(
        row["participants_affected"],
        row["participants_at_risk"],
        row["comparator_participants_affected"],
        row["comparator_participants_at_risk"],
    )


@cache
def _measure(affected: Any, at_risk: Any, beside: Any, beside_at_risk: Any) -> dict[str, float | None]:
    """Remembered by its counts: most outcomes of a trial affect nobody, and sums of drugs have the same trials."""
    found: dict[str, float | None] = dict.fromkeys(EFFECTS)
    if affected is None or beside is None or not at_risk or not beside_at_risk:
        return found
    trials = read_trials([affected], [at_risk], [beside], [beside_at_risk])
    difference = score_difference(trials)
    bounds = (difference.estimate, difference.lower, difference.upper)
    found |= dict(zip(("rd", "rd_lower", "rd_upper"), (1000 * bound for bound in bounds), strict=True))
    if not trials.is_double_zero.any():
        ratio = score_ratio(trials)
        found |= bound_ratio(ratio.estimate, ratio.lower, ratio.upper)
    return found


def bound_ratio(estimate: Any, lower: Any, upper: Any) -> dict[str, float | None]:
    """A ratio with its open ends: infinite where only a lower bound stands, 0 where only an upper one does."""
    given = [None if value is None or math.isnan(value) else value for value in (estimate, lower, upper)]
    if given[0] is None and given[1] is not None:
        given[2] = math.inf
    if given[0] is None and given[1] is None and given[2] is not None:
        given[:2] = [0.0, 0.0]
    return dict(zip(("rr", "rr_lower", "rr_upper"), given, strict=True))


def show_ratio_interval(row: Mapping[str, Any]) -> str:
    """A risk ratio with its interval; without an event beside the comparator its lower bound: `1.59 or more`."""
    estimate, lower, upper = row["rr"], row["rr_lower"], row["rr_upper"]
    if estimate is None:
        return NOTHING if lower is None else f"{show_ratio(lower)} or more"
    return f"{show_ratio(estimate)} ({show_ratio(lower)} to {show_ratio(upper)})"


def link_trial(trial_id: str) -> str | None:
    """The registry's page of a trial; None for a study that is known by its name."""
    return f"https://clinicaltrials.gov/study/{trial_id}" if REGISTERED.fullmatch(trial_id) else None


def _share(rows: list[dict[str, Any]]) -> list[tuple[dict[str, Any], float | None]]:
    """Each trial with its share of the weights of Mantel and Haenszel, n m / (n + m), among those pooled.

    The pooled difference and ratio both weigh the risks of a trial's two arms by it (`statistics.score`).
    """
    sizes = [_size(row) for row in rows]
    total = sum(size or 0.0 for size in sizes)
    return [(row, size / total if size else None) for row, size in zip(rows, sizes, strict=True)]


def _size(row: dict[str, Any]) -> float | None:
    if row["randomisation"] == "not randomised" or row["rd"] is None:
        return None
    own, other = row["participants_at_risk"], row["comparator_participants_at_risk"]
    return float(own * other / (own + other))


def _describe(row: dict[str, Any], share: float | None) -> dict[str, Any]:
    said = [text for name, text in QUALIFIES.items() if row[name]]
    if row["randomisation"] != "randomised":
        said.append(
            "not randomised, not pooled" if row["randomisation"] == "not randomised" else "randomisation not stated"
        )
    if not row["participants_affected"] and not row["comparator_participants_affected"]:
        said.append("nobody affected in either arm")
    return {
        "reaction_text": say_reaction(row["reaction"]),
        "weight": share,
        "weight_text": show_percent(share),
        "href": link_trial(row["trial_id"]),
        "affected_text": show_part(row["participants_affected"], row["participants_at_risk"]),
        "beside_text": show_part(row["comparator_participants_affected"], row["comparator_participants_at_risk"]),
        "rr_text": show_ratio_interval(row),
        "rd_text": show_difference(row["rd"], row["rd_lower"], row["rd_upper"]),
        "said": "; ".join(said) or NOTHING,
    }
