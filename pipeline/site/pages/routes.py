"""Intravenous against other routes within one drug: reports as counted, stratified and adjusted, and trials."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from pipeline.site import charts
from pipeline.site.cells import list_sources
from pipeline.site.context import Context
from pipeline.site.numbers import show_count, show_percent
from pipeline.site.page import Link, Page
from pipeline.site.route_answers import (
    ADJUSTED,
    STEPS,
    choose_trials,
    make_step_frame,
    make_trial_frame,
    read_controls,
    read_sides,
    read_steps,
    read_trials,
)
from pipeline.site.tables import Column, make_table
from pipeline.site.words import join_words, name_file, say_drug, say_reaction

PATH, TITLE = "routes.html", "Intravenous or another route"
NEEDED = ("summary.route_contrast", "summary.route_contrast_adjusted")
ROR_AXIS = charts.Axis("reporting odds ratio, 95 % interval, log scale; right of 1: more intravenously", is_log=True)
RR_AXIS = charts.Axis("risk ratio against the comparator, 95 % interval, log scale", is_log=True)
STEP_COLUMNS = (
    Column("reaction_text", "Reaction"),
    Column("step", "Step"),
    Column("intravenous_text", "Intravenous", "number", sort_by="intravenous_with_reaction_count"),
    Column("not_intravenous_text", "Other known routes", "number", sort_by="not_intravenous_with_reaction_count"),
    Column("estimate_text", "ROR (95 % interval)", "number", sort_by="estimate"),
    Column("e_value", "E-value of the bound", "ratio", tip="How strong a confounder would have to be"),
    Column("reason_text", "Why there is none", "prose"),
)
CONTROL_COLUMNS = (
    Column("step", "Step"),
    Column("meaning", "Adjusted for", "prose"),
    Column("listed_count", "Negative controls listed", "count"),
    Column("negative_control_count", "with 3 cases or more", "count"),
    Column("negative_control_excluding_share", "Intervals that exclude 1", "percent"),
    Column("verdict", "What they show"),
)
TRIAL_COLUMNS = (
    Column("reaction_text", "Reaction"),
    Column("population_text", "People with"),
    Column("comparator_text", "Against"),
    Column("intravenous_trial_count", "Trials, intravenous", "count"),
    Column("intravenous_estimate_text", "Risk ratio (95 % interval)", "number", sort_by="intravenous_estimate"),
    Column("not_intravenous_trial_count", "Trials, other routes", "count"),
    Column(
        "not_intravenous_estimate_text", "Risk ratio (95 % interval)", "number", sort_by="not_intravenous_estimate"
    ),
    Column("p_value", "p of the difference", "p"),
    Column("neither_side_trial_count", "Trials on neither side", "count"),
    Column("reason_text", "What limits it", "prose"),
)


def name_links(context: Context) -> tuple[Link, ...]:
    """The one page, where the snapshot has the contrasts."""
    return (Link(PATH, TITLE),) if _has_contrasts(context) else ()


def make_pages(context: Context) -> Iterator[Page]:
    """One page with a part for each drug that is given intravenously and by other routes."""
    if not _has_contrasts(context):
        return
    found = [
        _describe_drug(context, of_source, drug)
        for of_source in ([] if context.is_suppressed else list_sources(context))
        for drug in context.all_drugs
    ]
    parts = [part for part in found if part["sides"]]
    absent = {part["drug_text"]: part["why_absent"] for part in found if not part["sides"]}
    trials = [_describe_trials(context, drug) for drug in context.all_drugs]
    yield Page(
        PATH,
        TITLE,
        "routes.html",
        {
            "lead": _say_lead(parts),
            "steps": [
                (STEPS[part], context.find_meaning("route_question_part", part))
                for part in STEPS
                if not part.endswith("_calibrated")
            ],
            "parts": parts,
            "absent": absent,
            "trials": [each for each in trials if each],
        },
        shows_trials=True,
    )


def _has_contrasts(context: Context) -> bool:
    return all(context.has_table(name) for name in NEEDED)


def _describe_drug(context: Context, of_source: tuple[str, str], drug: str) -> dict[str, Any]:
    source, title = of_source
    sides = read_sides(context, source, drug)
    rows = read_steps(context, source, drug)
    name, key = say_drug(drug), f"{source}-{name_file(drug).removesuffix('.html')}"
    if not sides:
        reasons = [row["reason"] for row in rows if row["part"] == "reports_crude" and row["reason"]]
        return {"sides": None, "drug_text": name, "why_absent": reasons[0] if reasons else "no case"}
    trials = read_trials(context, drug)
    drawn = dict.fromkeys(row["reaction"] for row in rows if row["part"] in ADJUSTED and row["estimate"] is not None)
    return {
        "key": key,
        "drug_text": name,
        "href": name_file("drug", drug),
        "source_title": title,
        "sides": sides,
        "product_contrast": context.find_meaning("product_contrast", sides["product_contrast"] or ""),
        "serious_text": f"{show_percent(sides['intravenous_serious_share'])} of intravenous cases and "
        f"{show_percent(sides['not_intravenous_serious_share'])} of the others are serious, whatever the reaction.",
        "results": {reaction: _judge([row for row in rows if row["reaction"] == reaction]) for reaction in drawn},
        "reactions": [
            _draw_reaction(reaction, name, [row for row in rows if row["reaction"] == reaction], trials, key)
            for reaction in drawn
        ],
        "table": make_table(
            f"steps-{key}",
            f"{name}: cases with the reaction / cases of the side, and the reporting odds ratio of each step",
            STEP_COLUMNS,
            rows,
            filters={"reaction": "Reaction", "step": "Step"},
            says={"reaction": say_reaction},
        ),
        "controls": make_table(
            f"controls-{key}",
            f"{name}: reactions on which route has no plausible effect",
            CONTROL_COLUMNS,
            read_controls(context, source, drug),
            is_sortable=False,
        ),
    }


def _describe_trials(context: Context, drug: str) -> dict[str, Any] | None:
    rows = read_trials(context, drug)
    ratios = [row[f"{side}_estimate"] for row in rows for side in ("intravenous", "not_intravenous")]
    if not any(ratios) or not any(row["intravenous_trial_count"] for row in rows):
        return None
    key = f"trials-{name_file(drug).removesuffix('.html')}"
    caption = f"Trials of {say_drug(drug).lower()} by route: each side against the comparator of its own trials"
    return {
        "drug_text": say_drug(drug),
        "estimated_count": sum(row["p_value"] is not None for row in rows),
        "table": make_table(
            key, caption, TRIAL_COLUMNS, rows, filters={"reaction": "Reaction", "population_text": "People with"},
            says={"reaction": say_reaction},
        ),
    }  # fmt: skip


def _draw_reaction(
    reaction: str, name: str, rows: Sequence[dict[str, Any]], trials: Sequence[dict[str, Any]], key: str
) -> dict[str, Any]:
    text = say_reaction(reaction)
    chosen = choose_trials(trials, reaction)
    shown = [row for row in rows if row["estimate"] is not None]
    prefix = f"{key}-{name_file(reaction).removesuffix('.html')}"
    return {
        "title": f"{text} with {name.lower()}",
        "answer": _say_answer(rows),
        "forest": charts.draw(
            partial(_draw, make_step_frame(shown), ROR_AXIS),
            f"Reporting odds ratio of {text.lower()}, intravenous {name.lower()} against its other known routes, by "
            "step; the numbers are in the table of steps.",
            f"steps-{prefix}",
        ),
        "trials": chosen,
        "trial_forest": chosen
        and charts.draw(
            partial(_draw, make_trial_frame(chosen), RR_AXIS),
            f"Risk ratio of {text.lower()} in trials of {name.lower()}, by route; the numbers are in the table of "
            "trials.",
            f"trials-{prefix}",
        ),
        "trial_count": sum(row["reaction"] == reaction for row in trials),
    }


def _draw(frame: Any, axis: charts.Axis, width: int) -> Any:
    return charts.draw_forest(frame, width, axis)


def _find_last(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The estimate that is adjusted for most, the calibrated one where there is one."""
    return [row for row in rows if row["part"] in ADJUSTED and row["estimate"] is not None][-1]


def _judge(rows: Sequence[dict[str, Any]]) -> str:
    last = _find_last(rows)
    if last["lower"] is None or last["upper"] is None or last["lower"] <= 1 <= last["upper"]:
        return "unclear"
    return "more" if last["lower"] > 1 else "less"


def _say_answer(rows: Sequence[dict[str, Any]]) -> str:
    """The answer of one reaction in a sentence: as counted, and at the last step that has an estimate."""
    crude = next(row for row in rows if row["part"] == "reports_crude")
    last = _find_last(rows)
    said = {
        "more": "Reported more often intravenously",
        "less": "Reported less often intravenously",
        "unclear": "Neither side is clearly reported more often",
    }[_judge(rows)]
    return (
        f"{said}: reporting odds ratio {crude['estimate_text']} as counted, {last['estimate_text']} at the last step "
        f"that can be estimated ({last['step'][:1].lower()}{last['step'][1:]})."
    )


def _say_lead(parts: Sequence[dict[str, Any]]) -> str:
    """What the reports say after adjustment, in a sentence."""
    found: dict[str, list[str]] = {"more": [], "less": [], "unclear": []}
    for part in parts:
        for reaction, result in part["results"].items():
            found[result].append(f"{say_reaction(reaction).lower()} ({part['drug_text'].lower()})")
    count = sum(len(names) for names in found.values())
    if not count:
        return "In reports, no contrast of routes has cases enough to be adjusted for what the reports state."
    said = [
        f"{label}: {join_words(found[result])}."
        for result, label in (
            ("more", "Reported more often intravenously than by other routes"),
            ("less", "Less often"),
            ("unclear", "Not clearly either"),
        )
        if found[result]
    ]
    begins = f"{show_count(count)} contrasts have" if count > 1 else "1 contrast has"
    return f"{begins} enough reports to adjust for what they state. {' '.join(said)}"
