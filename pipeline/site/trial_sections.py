"""The parts of a page of trials: which comparisons there are, each pooled outcome, all outcomes beside each other."""

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd

from pipeline.site import charts
from pipeline.site.context import Context
from pipeline.site.numbers import show_count, show_ratio, show_signed
from pipeline.site.tables import Column, make_table
from pipeline.site.trial_cells import Key, bound_ratio, show_ratio_interval
from pipeline.site.trial_findings import choose_comparison, show_difference, show_part
from pipeline.site.words import say_drug

FULL_WIDTH = 1180
RATIO = charts.Axis("risk ratio, 95 % interval, log scale", is_log=True)
DIFFERENCE = charts.Axis("people more (or fewer) per 1,000, 95 % interval", is_log=False)
TRIALS = (
    Column("trial_id", "Trial", href="href"),
    Column("title", "Title", "prose"),
    Column("affected_text", "Affected / at risk, drug", "number", sort_by="participants_affected"),
    Column("beside_text", "comparator", "number", sort_by="comparator_participants_affected"),
    Column("weight_text", "Weight", "number", sort_by="weight", tip="Share of n m / (n + m), of Mantel and Haenszel"),
    Column("rr_text", "Risk ratio (95 % interval)", "number", sort_by="rr"),
    Column("rd_text", "More per 1,000 (95 % interval)", "number", sort_by="rd"),
    Column("said", "What to know of its counts", "prose"),
)


COUNTS = (
    "participants_affected",
    "participants_at_risk",
    "comparator_participants_affected",
    "comparator_participants_at_risk",
)


def name_part(reaction: str) -> str:
    """The id of the part of a page about an outcome."""
    return f"outcome-{reaction.replace('_', '-')}"


def choose_measure(pooled: Mapping[tuple[str, str], Mapping[str, Any]]) -> str:
    """`rr` where the pooled risk ratio has an estimate, else `rd`, which trials without events have as well."""
    ratio = pooled.get(("rr", "mh"))
    return "rr" if ratio and ratio["estimate"] is not None else "rd"


def describe_outcome(
    context: Context,
    finding: Mapping[str, Any],
    trials: Sequence[dict[str, Any]],
    pooled: Mapping[tuple[str, str], dict[str, Any]],
) -> dict[str, Any]:
    """One outcome of several trials: its sentence, its forest, how much trials vary, and its trials as a table."""
    measure, key = choose_measure(pooled), name_part(finding["reaction"])
    frame = make_forest_frame(trials, pooled, measure)
    axis = RATIO if measure == "rr" else DIFFERENCE
    names = f"{finding['reaction_text']} in trials of {say_drug(finding['drug'])}"
    return {
        "key": key,
        "title": finding["reaction_text"],
        "sentence": finding["sentence_text"],
        "forest": not frame.empty
        and charts.draw(
            partial(_draw_forest, frame, axis),
            f"{names}: {axis.title}, trial by trial and pooled; the numbers are in the table below.",
            f"forest-{key}",
            wide=FULL_WIDTH,
        ),
        "notes": list_notes(context, pooled, measure),
        "table": make_table(f"trials-{key}", f"{names}, each once", TRIALS, trials),
    }


def _draw_forest(frame: pd.DataFrame, axis: charts.Axis, width: int) -> Any:
    return charts.draw_trial_forest(frame, width, axis)


FOREST = (
    "kind",
    "label",
    "counts",
    "comparator_counts",
    "weight",
    "weight_text",
    "estimate",
    "lower",
    "upper",
    "text",
    "note",
)


def make_forest_frame(
    trials: Sequence[dict[str, Any]], pooled: Mapping[tuple[str, str], dict[str, Any]], measure: str
) -> pd.DataFrame:
    """The frame of `charts.draw_trial_forest`: trials, the published pooled effect, the interval of prediction."""
    rows = [
        {
            "kind": "trial",
            "label": trial["trial_id"],
            "counts": trial["affected_text"],
            "comparator_counts": trial["beside_text"],
            "weight": trial["weight"],
            "weight_text": trial["weight_text"],
            "estimate": _find_point(trial, measure),
            "lower": trial[f"{measure}_lower"],
            "upper": trial[f"{measure}_upper"],
            "text": trial[f"{measure}_text"] if trial[f"{measure}_lower"] is not None else "",
            "note": "nobody affected" if not trial["participants_affected"] else "everybody affected",
        }
        for trial in trials
    ]
    headline, random = pooled.get((measure, "mh")), pooled.get((measure, "reml"))
    if headline:
        rows.append(_make_pooled_row(trials, headline, measure))
    if random and random["prediction_lower"] is not None:
        low, high = (_scale(random[f"prediction_{end}"], measure) for end in ("lower", "upper"))
        show = show_ratio if measure == "rr" else partial(show_signed, decimals=0)
        nothing = {"counts": "", "comparator_counts": "", "weight": None, "weight_text": "", "estimate": None}
        where = {"lower": low, "upper": high, "text": f"{show(low)} to {show(high)}", "note": ""}
        rows.append({"kind": "prediction", "label": "The next trial", **nothing, **where})
    frame = pd.DataFrame(rows, columns=FOREST)
    for name in ("weight", "estimate", "lower", "upper"):
        frame[name] = frame[name].astype(float)
    return frame


def _make_pooled_row(trials: Sequence[dict[str, Any]], effect: dict[str, Any], measure: str) -> dict[str, Any]:
    shown = scale_effect(effect)
    counted = [trial for trial in trials if trial["weight"] is not None]
    sums = [sum(trial[name] or 0 for trial in counted) for name in COUNTS]
    return {
        "kind": "pooled",
        "label": f"{show_count(effect['trial_count'])} trials pooled",
        "counts": show_part(*sums[:2]),
        "comparator_counts": show_part(*sums[2:]),
        "weight": None,
        "weight_text": "",
        "estimate": shown["estimate"],
        "lower": shown["lower"],
        "upper": shown["upper"],
        "text": show_effect(effect),
        "note": "no pooled effect",
    }


def _find_point(trial: Mapping[str, Any], measure: str) -> float | None:
    """The estimate to draw: a ratio of 0 has no place on a log axis."""
    value: float | None = trial[measure]
    return None if measure == "rr" and not value else value


def _scale(value: float | None, measure: str) -> float | None:
    return value if value is None or measure != "rd" else 1000 * value


def scale_effect(effect: Mapping[str, Any]) -> dict[str, float | None]:
    """Estimate and bounds of a published effect as pages show them: differences per 1,000, ratios as they are."""
    names = ("estimate", "lower", "upper")
    if effect["measure"] == "rd":
        return {name: _scale(effect[name], "rd") for name in names}
    found = bound_ratio(*(effect[name] for name in names))
    return dict(zip(names, found.values(), strict=True))


def show_effect(effect: Mapping[str, Any]) -> str:
    """A published effect with its interval in figures: a ratio, or a difference per 1,000."""
    shown = scale_effect(effect)
    if effect["measure"] == "rd":
        return show_difference(*shown.values())
    return show_ratio_interval(dict(zip(("rr", "rr_lower", "rr_upper"), shown.values(), strict=True)))


def list_notes(context: Context, pooled: Mapping[tuple[str, str], dict[str, Any]], measure: str) -> list[str]:
    """What a reader must know of a forest: why it shows differences, how trials vary, why nothing is predicted."""
    ratio, random = pooled.get(("rr", "mh")), pooled.get((measure, "reml"))
    notes = []
    if measure == "rd" and ratio and ratio["reason_code"]:
        reason = context.find_meaning("effect_reason", ratio["reason_code"])
        notes.append(f"Drawn as a difference. {reason or ratio['reason_code']}.")
    if measure == "rr" and ratio and ratio["double_zero_trial_count"]:
        count = ratio["double_zero_trial_count"]
        many = "1 trial with nobody, or everybody, affected in both arms adds" if count == 1 else None
        many = many or f"{show_count(count)} trials with nobody, or everybody, affected in both arms add"
        notes.append(f"{many} nothing to the ratio; the difference per 1,000 counts them.")
    if random is None:
        return notes
    if random["estimate"] is not None and random["tau_squared"] is not None:
        notes.append(
            f"Random effects (REML, Hartung-Knapp): {show_effect(random)}; "
            f"I² {random['i_squared']:.0f} %, τ² {_show_variance(random)}."
        )
    if random["prediction_lower"] is None:
        code = random["note_code"] or random["reason_code"]
        vocabulary = "effect_note" if random["note_code"] else "effect_reason"
        why = context.find_meaning(vocabulary, code) if code else ""
        notes.append(f"Where the next trial may fall is not computed{': ' if why else ''}{_lower(why)}.")
    elif random["note_code"]:
        notes.append(f"{context.find_meaning('effect_note', random['note_code'])}.")
    return notes


def _show_variance(effect: Mapping[str, Any]) -> str:
    """Between-trial variance as the method has it: of log ratios, or of proportions, which needs more decimals."""
    return show_signed(effect["tau_squared"], 4 if effect["measure"] == "rd" else 2)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def make_dot_frame(findings: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """The frame of `charts.draw_dot_plot` from the findings of one comparison, the greatest difference first."""
    shown = sorted(
        (row for row in findings if row["difference_per_1000"] is not None),
        key=lambda row: (-row["difference_per_1000"], -(row["participants_affected"] or 0)),
    )
    return pd.DataFrame(
        {
            "label": [row["reaction_text"] for row in shown],
            "per_cent": [_share(row["participants_affected"], row["participants_at_risk"]) for row in shown],
            "comparator_per_cent": [
                _share(row["comparator_participants_affected"], row["comparator_participants_at_risk"])
                for row in shown
            ],
            "estimate": [float(row["difference_per_1000"]) for row in shown],
            "lower": [float(row["difference_per_1000_lower"]) for row in shown],
            "upper": [float(row["difference_per_1000_upper"]) for row in shown],
            "text": [row["difference_text"] for row in shown],
        }
    )


def _share(affected: Any, at_risk: Any) -> float:
    return 100 * affected / at_risk if affected is not None and at_risk else math.nan


COMPARISONS = (
    Column("population_text", "Participants"),
    Column("comparator_text", "Against"),
    Column("place", "Shown"),
    Column("trial_count", "Trials", "count", tip="Trials compared for some outcome, each once"),
    Column("people", "Number", "count", tip="At risk in both arms, for the outcome that most trials counted"),
    Column("pooled_count", "Outcomes pooled", "count", tip="Outcomes that at least two trials compare"),
    Column("single_count", "of one study, not pooled", "count"),
)


def list_comparisons(
    findings: Sequence[dict[str, Any]], trials: Mapping[Key, Sequence[dict[str, Any]]]
) -> list[dict[str, Any]]:
    """A row for each population and comparator of a drug, the main one first. findings: as read_findings orders them.

    trials: as read_trial_rows returns them.
    """
    chosen = choose_comparison(findings)[0]
    main = chosen["population"], chosen["comparator"]
    pairs = dict.fromkeys((row["population"], row["comparator"]) for row in findings)
    rows = []
    for pair in sorted(pairs, key=lambda pair: pair != main):
        own = [row for row in findings if (row["population"], row["comparator"]) == pair]
        ids = {trial["trial_id"] for where, some in trials.items() if where[1:] == pair for trial in some}
        rows.append(
            {
                "population_text": own[0]["population_text"],
                "comparator_text": own[0]["comparator_text"],
                "place": "first, with charts" if pair == main else "in tables",
                "trial_count": len(ids),
                "people": max(row["people"] for row in own),
                "pooled_count": sum(row["trial_count"] > 1 for row in own),
                "single_count": sum(row["trial_count"] == 1 for row in own),
            }
        )
    return rows
