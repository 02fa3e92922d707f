"""Evidence map: what each trial measured, found zero, did not report, and which could not be compared."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from pipeline.site import charts
from pipeline.site.context import Context
from pipeline.site.page import Link, Page
from pipeline.site.tables import Column, Table, make_table
from pipeline.site.trial_coverage import KNOWN, NOT_GIVEN, STATES, Coverage, read_coverage
from pipeline.site.words import join_words, name_file, say, say_drug, say_reaction

FULL_WIDTH = 1180
MOST_DRAWN = 150
"""Trials on one chart; the table has all of them."""
MOST_ROWS = 2000
TRIAL = (
    Column("trial_id", "Trial", href="href"),
    Column("title", "Title", "prose"),
    Column("population_text", "Participants"),
    Column("comparison", "Compared", "prose"),
)
DECISIONS = (
    Column("trial_id", "Trial"),
    Column("outcome_text", "Outcome"),
    Column("state", "State"),
    Column("basis_text", "By", "prose"),
    Column("decided_by_text", "The text that decided", "prose"),
)


def name_links(context: Context) -> tuple[Link, ...]:
    """The map of all drugs; that of each is reached from there."""
    return (Link("evidence-map.html", "Evidence map"),)


def make_pages(context: Context) -> Iterator[Page]:
    """A page for each drug that some trial gives, and the page that counts their trials."""
    coverage = read_coverage(context)
    held = [drug for drug in context.drugs if coverage.trials.get(drug)]
    for drug in held:
        yield _make_drug_page(context, drug, coverage)
    columns = (
        Column("drug_text", "Drug", href="href"),
        Column("trial_count", "Trials", "count"),
        Column("compared_count", "compared", "count"),
        *(Column(outcome, say_reaction(outcome), "number") for outcome in coverage.outcomes),
    )
    yield Page(
        "evidence-map.html",
        "Evidence map",
        "evidence_map.html",
        {
            "trial_count": len({trial["trial_id"] for drug in held for trial in coverage.trials[drug]}),
            "states": STATES,
            "meanings": _list_meanings(context),
            "without": join_words([say_drug(drug).lower() for drug in context.drugs if drug not in held]),
            "table": make_table(
                "coverage",
                "Trials that say how many were affected, a zero included, of all trials of the drug",
                columns,
                [_count(drug, coverage) for drug in held],
                is_sortable=False,
            ),
        },
        shows_reports=False,
        shows_trials=True,
    )


def _list_meanings(context: Context) -> list[tuple[str, str]]:
    """Each state of a record with the meaning that the snapshot gives it."""
    rows = context.ask(
        "select value, meaning from meta.vocabulary where vocabulary = 'evidence_status' order by rowid"
    )
    return [(say(row["value"]), row["meaning"]) for row in rows]


def _count(drug: str, coverage: Coverage) -> dict[str, Any]:
    trials = coverage.trials[drug]
    known = {
        outcome: f"{sum(trial[outcome] in KNOWN for trial in trials)} / {len(trials)}"
        for outcome in coverage.outcomes
    }
    return {
        "drug_text": say_drug(drug),
        "href": name_file("evidence", drug),
        "trial_count": len(trials),
        "compared_count": sum(trial["is_compared"] for trial in trials),
        **known,
    }


def _make_drug_page(context: Context, drug: str, coverage: Coverage) -> Page:
    trials = coverage.trials[drug]
    outcomes = [name for name in coverage.outcomes if any(trial[name] != NOT_GIVEN for trial in trials)]
    decisions = _list_decisions(context, trials, coverage)
    return Page(
        name_file("evidence", drug),
        f"Evidence map of {say_drug(drug).lower()}",
        "evidence_map_drug.html",
        {
            "name": say_drug(drug),
            "states": STATES,
            "trial_count": len(trials),
            "reasons": Counter(trial["comparison"] for trial in trials).most_common(),
            "unmeasured": _name_unmeasured(trials, outcomes),
            "grid": _draw_grid(drug, trials, outcomes),
            "most_drawn": MOST_DRAWN,
            "table": _make_map(drug, trials, outcomes),
            "decisions": make_table(
                "decisions",
                "What the registry's record says of each outcome, and the text that decided",
                DECISIONS,
                decisions[:MOST_ROWS],
                filters={"outcome": "Outcome", "state": "State"},
                says={"outcome": say_reaction},
            ),
            "left_off": max(0, len(decisions) - MOST_ROWS),
        },
        shows_reports=False,
        shows_trials=True,
    )


def _name_unmeasured(trials: Sequence[dict[str, Any]], outcomes: Sequence[str]) -> str:
    return join_words(
        [
            say_reaction(outcome).lower()
            for outcome in outcomes
            if not any(trial[outcome] in KNOWN for trial in trials)
        ]
    )


def _draw_grid(drug: str, trials: Sequence[dict[str, Any]], outcomes: Sequence[str]) -> charts.Drawing | None:
    frame = pd.DataFrame(
        [
            {"trial": trial["trial_id"], "outcome": say_reaction(outcome), "mark": STATES[trial[outcome]]}
            for trial in trials[:MOST_DRAWN]
            for outcome in outcomes
        ]
    )
    if frame.empty:
        return None
    label = f"What each trial of {say_drug(drug).lower()} says of each outcome; the same in words is in the table."
    return charts.draw(lambda width: charts.draw_evidence_grid(frame, width), label, "grid", wide=FULL_WIDTH)


def _make_map(drug: str, trials: Sequence[dict[str, Any]], outcomes: Sequence[str]) -> Table:
    columns = (*TRIAL, *(Column(outcome, say_reaction(outcome)) for outcome in outcomes))
    return make_table(
        "map",
        f"Every trial of {say_drug(drug).lower()}, and what it says of each outcome",
        columns,
        trials[:MOST_ROWS],
        filters={"population_text": "Participants", "comparison": "Compared"},
    )


def _list_decisions(context: Context, trials: Sequence[dict[str, Any]], coverage: Coverage) -> list[dict[str, Any]]:
    return [
        row
        | {
            "outcome_text": say_reaction(row["outcome"]),
            "state": trial[row["outcome"]],
            "basis_text": context.find_meaning("evidence_basis", row["basis"]) or say(row["basis"]),
        }
        for trial in trials
        for row in coverage.judged.get(trial["trial_id"], ())
    ]
