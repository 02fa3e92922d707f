"""Intravenous against other routes of one drug, step by step, as a page shows it: in reports, and trials beside."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from pipeline.site.context import Context
from pipeline.site.numbers import NOTHING, show_count, show_interval
from pipeline.site.words import say, say_reaction

STEPS = {
    "reports_crude": "As counted",
    "reports_stratified": "Within age, sex and year",
    "reports_adjusted_patient": "Adjusted for the patient",
    "reports_adjusted_patient_calibrated": "Patient, calibrated",
    "reports_adjusted_indication": "Adjusted, with indication",
    "reports_adjusted_indication_calibrated": "Indication, calibrated",
    "reports_adjusted_comedication": "Adjusted, with other drugs",
    "reports_adjusted_comedication_calibrated": "Other drugs, calibrated",
}
"""The parts of answer.route_question in their order, in short; their meanings are in its vocabulary."""
ADJUSTED = tuple(part for part in STEPS if part.startswith("reports_adjusted"))
REPORTS = """
select * from answer.route_question
where source = $source and drug = $drug and definition = 'narrow' and part != 'trials'
"""
E_VALUES = """
select 'reports_adjusted_' || model as part, outcome as reaction, e_value_of_bound
from summary.route_contrast_adjusted
where source = $source and drug = $drug and outcome_kind = 'reaction' and case_choice = 'all'
"""
SIDES = """
select
    any_value(product_contrast) as product_contrast,
    any_value(intravenous_products_text) as intravenous_products_text,
    any_value(not_intravenous_products_text) as not_intravenous_products_text,
    any_value(warning_text) as warning_text, any_value(intravenous_serious_share) as intravenous_serious_share,
    any_value(not_intravenous_serious_share) as not_intravenous_serious_share,
    any_value(intravenous_case_count) as intravenous_case_count,
    any_value(not_intravenous_case_count) as not_intravenous_case_count,
    any_value(neither_side_case_count) as neither_side_case_count
from summary.route_contrast
where evidence = 'reports' and source = $source and drug = $drug and definition = 'narrow' and stratum = 'all'
having count(*) > 0
"""
CONTROLS = """
select
    model, count(*) as listed_count, any_value(negative_control_count) as negative_control_count,
    any_value(negative_control_excluding_share) as negative_control_excluding_share,
    any_value(is_residual_confounding) as is_residual_confounding
from summary.route_contrast_adjusted
where source = $source and drug = $drug and outcome_kind = 'negative_control' and case_choice = 'all'
group by model
"""
TRIALS = """
select
    reaction, population, comparator, intravenous_trial_count, not_intravenous_trial_count, neither_side_trial_count,
    intravenous_estimate, intravenous_lower, intravenous_upper,
    not_intravenous_estimate, not_intravenous_lower, not_intravenous_upper, p_value, reason
from answer.route_question
where drug = $drug and definition = 'narrow' and part = 'trials'
"""
CHIEF = ("chronic_pain", "placebo")
MODELS = ("patient", "indication", "comedication")


def read_steps(context: Context, source: str, drug: str) -> list[dict[str, Any]]:
    """Every step of every watched reaction of a drug in reports, with its texts."""
    asked = {"source": source, "drug": drug}
    e_values = {(row["part"], row["reaction"]): row["e_value_of_bound"] for row in context.ask(E_VALUES, asked)}
    parts, reactions = list(STEPS), list(context.reactions)
    rows = [row for row in context.ask(REPORTS, asked) if row["part"] in STEPS and row["reaction"] in reactions]
    rows.sort(key=lambda row: (reactions.index(row["reaction"]), parts.index(row["part"])))
    return [
        row | _describe_step(context, row) | {"e_value": e_values.get((row["part"], row["reaction"]))} for row in rows
    ]


def read_sides(context: Context, source: str, drug: str) -> dict[str, Any] | None:
    """What the two sides of a drug hold, whatever the reaction; None where a side has no case."""
    found = context.ask(SIDES, {"source": source, "drug": drug})
    return found[0] if found else None


def read_controls(context: Context, source: str, drug: str) -> list[dict[str, Any]]:
    """What the negative controls of each model show, in the order of the models."""
    rows = context.ask(CONTROLS, {"source": source, "drug": drug})
    rows.sort(key=lambda row: MODELS.index(row["model"]) if row["model"] in MODELS else len(MODELS))
    verdicts = {
        True: "confounding remains: see the calibrated row",
        False: "no sign that confounding remains",
        None: "too few controls to judge",
    }
    return [
        row
        | {
            "step": STEPS.get(f"reports_adjusted_{row['model']}", say(row["model"])),
            "meaning": context.find_meaning("contrast_model", row["model"]),
            "verdict": verdicts[row["is_residual_confounding"]],
        }
        for row in rows
    ]


def read_trials(context: Context, drug: str) -> list[dict[str, Any]]:
    """Each comparison of trials of a drug, the sides apart, with its texts; chronic pain against placebo first."""
    reactions = list(context.reactions)
    rows = [row for row in context.ask(TRIALS, {"drug": drug}) if row["reaction"] in reactions]
    rows.sort(
        key=lambda row: (
            (row["population"], row["comparator"]) != CHIEF,
            row["population"],
            row["comparator"],
            reactions.index(row["reaction"]),
        )
    )
    return [row | _describe_trials(row) for row in rows]


def choose_trials(rows: Sequence[dict[str, Any]], reaction: str) -> dict[str, Any] | None:
    """The comparison of a reaction to draw: one with estimates of both sides, else the first with one, else none."""
    of_reaction = [row for row in rows if row["reaction"] == reaction]
    sides = ("intravenous_estimate", "not_intravenous_estimate")
    for wanted in (2, 1):
        for row in of_reaction:
            if sum(row[side] is not None for side in sides) >= wanted:
                return row
    return None


def make_step_frame(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """The frame of `charts.draw_forest` from the steps of one reaction."""
    frame = pd.DataFrame(
        {
            "label": [row["step"] for row in rows],
            "counts": [
                f"{show_count(row['intravenous_with_reaction_count'])} and "
                f"{show_count(row['not_intravenous_with_reaction_count'])}"
                for row in rows
            ],
            "text": [row["estimate_text"] for row in rows],
            "note": ["not estimated" for _ in rows],
            "is_flagged": [False for _ in rows],
        }
    )
    return frame.assign(
        **{name: pd.Series([row[name] for row in rows], dtype=float) for name in ("estimate", "lower", "upper")}
    )


def make_trial_frame(row: dict[str, Any]) -> pd.DataFrame:
    """The frame of `charts.draw_forest` from the two sides of one comparison of trials."""
    sides = ("intravenous", "not_intravenous")
    frame = pd.DataFrame(
        {
            "label": ["Intravenous trials", "Trials by other routes"],
            "counts": [_count_trials(row[f"{side}_trial_count"]) for side in sides],
            "text": [row[f"{side}_estimate_text"] for side in sides],
            "note": ["not estimated" for _ in sides],
            "is_flagged": [False for _ in sides],
        }
    )
    return frame.assign(
        **{
            name: pd.Series([row[f"{side}_{name}"] for side in sides], dtype=float)
            for name in ("estimate", "lower", "upper")
        }
    )


def _count_trials(count: int) -> str:
    return f"{show_count(count)} trial" if count == 1 else f"{show_count(count)} trials"


def _describe_step(context: Context, row: dict[str, Any]) -> dict[str, Any]:
    reason = row["reason"] or ""
    return {
        "reaction_text": say_reaction(row["reaction"]),
        "step": STEPS[row["part"]],
        "meaning": context.find_meaning("route_question_part", row["part"]),
        "intravenous_text": _show_part(row, "intravenous"),
        "not_intravenous_text": _show_part(row, "not_intravenous"),
        "estimate_text": show_interval(row["estimate"], row["lower"], row["upper"]),
        "reason_text": context.find_meaning("contrast_reason", reason) or reason or NOTHING,
    }


def _show_part(row: dict[str, Any], side: str) -> str:
    return f"{show_count(row[f'{side}_with_reaction_count'])} / {show_count(row[f'{side}_case_count'])}"


def _describe_trials(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "reaction_text": say_reaction(row["reaction"]),
        "population_text": say(row["population"]),
        "comparator_text": say(row["comparator"]),
        "reason_text": (row["reason"] or "").replace("not_intravenous", "other routes") or NOTHING,
    } | {
        f"{side}_estimate_text": show_interval(*(row[f"{side}_{name}"] for name in ("estimate", "lower", "upper")))
        for side in ("intravenous", "not_intravenous")
    }
