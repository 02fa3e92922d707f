"""What else was pooled of the main comparison of a drug: by other methods, and of other trials and counts."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from pipeline.site.context import Context
from pipeline.site.numbers import NOTHING, show_ratio, show_signed
from pipeline.site.tables import Column, Table, make_table
from pipeline.site.trial_sections import show_effect
from pipeline.site.words import say_reaction

WAYS = """
select reaction, measure, method, interval, correction, pooled_trial_count, estimate, lower, upper, prediction_lower,
    prediction_upper, note_code, reason_code
from summary.trial_effect
where drug = $drug and population = $population and comparator = $comparator and route = 'any'
    and definition = 'narrow' and bound = 'lower' and register = 'all' and analysis = 'primary'
    and estimate is not null
order by reaction, measure desc, method, interval
"""
CHOICES = """
select reaction, definition, analysis, register, bound, measure, trial_count, estimate, lower, upper, certainty
from summary.trial_effect
where drug = $drug and population = $population and comparator = $comparator and route = 'any'
    and measure = 'rd' and method = 'mh' and interval = 'score' and not is_headline and estimate is not null
order by reaction, definition desc, analysis, register, bound
"""
WAY_COLUMNS = (
    Column("reaction_text", "Outcome"),
    Column("measure_text", "Measure"),
    Column("method_text", "Method", "prose"),
    Column("interval_text", "Interval", "prose"),
    Column("pooled_trial_count", "Trials", "count"),
    Column("effect_text", "Effect (interval)", "number", sort_by="estimate"),
    Column("prediction_text", "Next trial", "number", tip="Where the effect of the next trial may fall, 95 %"),
    Column("note_text", "What qualifies it", "prose"),
)
CHOICE_COLUMNS = (
    Column("reaction_text", "Outcome"),
    Column("definition", "Terms"),
    Column("analysis_text", "Trials taken", "prose"),
    Column("register_text", "Register"),
    Column("bound_text", "Events below a reporting threshold", "prose"),
    Column("trial_count", "Trials", "count"),
    Column("effect_text", "More per 1,000 (95 % interval)", "number", sort_by="estimate"),
    Column("certainty", "Certainty"),
)


def make_ways(context: Context, chosen: Mapping[str, Any]) -> Table:
    """Every way in which the main comparison of a drug was pooled and gave an estimate."""
    rows = context.ask(WAYS, {name: chosen[name] for name in ("drug", "population", "comparator")})
    return make_table(
        "ways",
        "Every measure, method and interval, of the trials and counts of the main analysis",
        WAY_COLUMNS,
        [row | _describe_way(context, row) for row in rows],
        filters={"reaction": "Outcome", "measure": "Measure"},
        says={"reaction": say_reaction, "measure": partial(_say, context, "measure")},
    )


def _describe_way(context: Context, row: dict[str, Any]) -> dict[str, Any]:
    low, high = row["prediction_lower"], row["prediction_upper"]
    if row["measure"] == "rd" and low is not None:
        predicted = f"{show_signed(1000 * low, 0)} to {show_signed(1000 * high, 0)}"
    else:
        predicted = NOTHING if low is None else f"{show_ratio(low)} to {show_ratio(high)}"
    measure = context.find_meaning("measure", row["measure"]).partition(",")[0] or row["measure"]
    return {
        "reaction_text": say_reaction(row["reaction"]),
        "measure_text": f"{measure} per 1,000" if row["measure"] == "rd" else measure,
        "method_text": context.find_meaning("method", row["method"]) or row["method"],
        "interval_text": context.find_meaning("interval", row["interval"]) or row["interval"],
        "effect_text": show_effect(row),
        "prediction_text": predicted,
        "note_text": context.find_meaning("effect_note", row["note_code"]) if row["note_code"] else NOTHING,
    }


def make_choices(context: Context, chosen: Mapping[str, Any]) -> Table:
    """The pooled difference of the main comparison with other trials, registers, terms and counts."""
    asked = context.ask(CHOICES, {name: chosen[name] for name in ("drug", "population", "comparator")})
    words = {"analysis": "trial_analysis", "register": "register", "bound": "bound"}
    rows = [
        row
        | {f"{name}_text": context.find_meaning(each, row[name]) or row[name] for name, each in words.items()}
        | {"reaction_text": say_reaction(row["reaction"]), "effect_text": show_effect(row)}
        for row in asked
    ]
    return make_table(
        "choices",
        "Difference per 1,000 (Mantel-Haenszel) with other trials, registers, terms and counts",
        CHOICE_COLUMNS,
        rows,
        filters={"reaction": "Outcome", "definition": "Terms", "analysis": "Trials taken", "register": "Register"},
        says={"reaction": say_reaction}
        | {name: partial(_say, context, words[name]) for name in ("analysis", "register")},
    )


def _say(context: Context, vocabulary: str, word: str) -> str:
    return context.find_meaning(vocabulary, word) or word
