"""Trials: what each drug was compared with, trial by trial and pooled, and every other way it was pooled."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.site import charts
from pipeline.site.context import Context
from pipeline.site.page import Link, Page
from pipeline.site.tables import Column, Table, make_table
from pipeline.site.trial_cells import Key, read_pooled, read_trial_rows, show_ratio_interval
from pipeline.site.trial_findings import choose_comparison, read_findings
from pipeline.site.trial_sections import (
    COMPARISONS,
    FULL_WIDTH,
    TRIALS,
    describe_outcome,
    list_comparisons,
    make_dot_frame,
    name_part,
)
from pipeline.site.trial_sensitivity import make_choices, make_ways
from pipeline.site.words import join_words, name_file, rank_route, say, say_drug, say_reaction, say_route

Trials = dict[Key, list[dict[str, Any]]]
"""As read_trial_rows returns them."""
MOST_ROWS = 2000
"""Of a table on one page; more would make it slow to open."""
FINDINGS = (
    Column("reaction_text", "Outcome"),
    Column("trial_count", "Trials", "count"),
    Column("affected_text", "Affected / at risk, drug", "number", sort_by="participants_affected"),
    Column("beside_text", "comparator", "number", sort_by="comparator_participants_affected"),
    Column("difference_text", "More per 1,000 (95 % interval)", "number", sort_by="difference_per_1000"),
    Column("ratio_text", "Risk ratio (95 % interval)", "number", sort_by="risk_ratio"),
    Column("open_text", "Widest range, with unposted events", "number", sort_by="most"),
    Column("certainty", "Certainty"),
)
OTHERS = (
    Column("population_text", "Participants"),
    Column("comparator_text", "Against"),
    Column("route_text", "Route"),
    *FINDINGS,
    Column("reasons_text", "What lowers certainty", "prose"),
)
TRIALS_OF = (
    Column("reaction_text", "Outcome"),
    Column("population_text", "Participants"),
    Column("comparator_text", "Against"),
    *TRIALS,
)
OVERVIEW = (Column("drug_text", "Drug", href="href"), *COMPARISONS)
HELD = """
select
    (select count(distinct trial_id) from events.trial_drug) as registered_count,
    (select count(distinct trial_id) from summary.evidence_gap where has_results) as posted_count,
    (select count(distinct trial_id) from events.observed where register = 'studies') as study_count,
    (
        select count(distinct trial_id) from events.trial_comparison where is_in_all and comparator != 'none'
    ) as compared_count
"""


def name_links(context: Context) -> tuple[Link, ...]:
    """The page of all drugs; that of each is reached from there."""
    return (Link("trials.html", "Trials"),)


def make_pages(context: Context) -> Iterator[Page]:
    """A page for each drug that some trial compared, and the page that leads to them."""
    described, drawn = [], Drawn()
    for drug in context.all_drugs:
        findings = _read_findings(context, drug)
        if findings:
            trials = read_trial_rows(context, drug)
            described.append((drug, findings, trials))
            yield _make_drug_page(context, drug, findings, trials, drawn)
    yield Page(
        "trials.html",
        "Trials",
        "trials.html",
        {
            "held": context.ask(HELD)[0],
            "sentences": [
                _describe_chief(context, drug, findings) for drug, findings, _ in described if drug in context.drugs
            ],
            "without": join_words([say_drug(drug).lower() for drug in _list_uncompared(context, described)]),
            "comparisons": _make_overview(described),
        },
        shows_reports=False,
        shows_trials=True,
    )


def _read_findings(context: Context, drug: str, *, is_any: bool = True) -> list[dict[str, Any]]:
    return [
        row
        | {
            "drug": drug,
            "route_text": say_route(row["route"]),
            "ratio_text": show_ratio_interval(_name_ratio(row)),
        }
        for row in read_findings(context, drug, is_any=is_any)
    ]


def _name_ratio(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "rr": row["risk_ratio"],
        "rr_lower": row["risk_ratio_lower"],
        "rr_upper": row["risk_ratio_upper"],
    }


def _list_uncompared(context: Context, described: Sequence[tuple[str, Any, Any]]) -> list[str]:
    known = {drug for drug, *_ in described}
    return [drug for drug in context.drugs if drug not in known]


def find_chief(context: Context, chosen: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The finding to say first: of a watched reaction, where there is one, in which most people were affected."""
    return max(chosen, key=lambda row: (row["reaction"] in context.reactions, row["participants_affected"] or 0))


def _describe_chief(context: Context, drug: str, findings: Sequence[dict[str, Any]]) -> dict[str, Any]:
    chosen = choose_comparison(findings)
    return {
        "name": say_drug(drug),
        "href": name_file("trials", drug),
        "sentence": find_chief(context, chosen)["sentence_text"],
    }


def _make_overview(described: Sequence[tuple[str, list[dict[str, Any]], Trials]]) -> Table:
    rows = [
        {"drug_text": say_drug(drug), "href": name_file("trials", drug)} | row
        for drug, findings, trials in described
        for row in list_comparisons(findings, trials)
    ]
    return make_table(
        "comparisons", "Every comparison, by any route; the main one of each drug first", OVERVIEW, rows
    )


@dataclass
class Drawn:
    """The forests drawn so far: those of a sum or a part of a drug are often of the very same trials."""

    pages: dict[tuple[Key, frozenset[str]], tuple[str, str]] = field(default_factory=dict)

    def find(self, key: Key, trials: Sequence[dict[str, Any]], drug: str) -> tuple[str, str] | None:
        """Path and drug of the forest of the same trials; None where it is to be drawn on the page of this drug."""
        anchor = f"{name_file('trials', drug)}#{name_part(key[0])}"
        place = self.pages.setdefault(
            (key, frozenset(trial["trial_id"] for trial in trials)), (anchor, say_drug(drug))
        )
        return None if place[0] == anchor else place


def _make_drug_page(
    context: Context, drug: str, findings: list[dict[str, Any]], trials: Trials, drawn_before: Drawn
) -> Page:
    chosen, pooled = choose_comparison(findings), read_pooled(context, drug)
    main = chosen[0]["population"], chosen[0]["comparator"]
    several = {(row["reaction"], *main): row for row in chosen if row["trial_count"] > 1 and _count_affected(row)}
    elsewhere = {key: drawn_before.find(key, trials.get(key, []), drug) for key in several}
    keys = [key for key, place in elsewhere.items() if place is None]
    values = {
        "name": say_drug(drug),
        "drug_path": name_file("drug", drug),
        "chosen": chosen[0],
        "sentence": find_chief(context, chosen)["sentence_text"],
        "comparisons": make_table(
            "comparisons",
            f"What {say_drug(drug).lower()} was compared with, by any route",
            COMPARISONS,
            list_comparisons(findings, trials),
            is_sortable=False,
        ),
        "dots": _draw_dots(chosen),
        "findings": _make_findings(chosen),
        "reasons": "; ".join(_list_shared_reasons(chosen)),
        "outcomes": [
            describe_outcome(context, several[key], trials.get(key, []), pooled.get(key, {})) for key in keys
        ],
        "elsewhere": [
            {"title": several[key]["reaction_text"], "href": place[0], "drug": place[1].lower()}
            for key, place in elsewhere.items()
            if place
        ],
        "unaffected": _name_outcomes(row for row in chosen if row["trial_count"] > 1 and not _count_affected(row)),
        "single": _name_outcomes(row for row in chosen if row["trial_count"] == 1),
        "others": _make_others(context, drug, findings, main),
        "ways": make_ways(context, chosen[0]),
        "choices": make_choices(context, chosen[0]),
    }
    values |= _make_trial_table(trials, main, keys)
    title = f"Trials of {say_drug(drug).lower()}"
    return Page(name_file("trials", drug), title, "trials_drug.html", values, shows_reports=False, shows_trials=True)


def _list_shared_reasons(chosen: Sequence[dict[str, Any]]) -> list[str]:
    """What lowers the certainty of every outcome of a comparison, said once rather than in each row."""
    first, *others = [row["reasons"] for row in chosen if row["trial_count"]] or [[]]
    return [reason for reason in first if all(reason in reasons for reasons in others)]


def _make_findings(chosen: Sequence[dict[str, Any]]) -> Table:
    shared = _list_shared_reasons(chosen)
    rows = [
        row | {"own_reasons": "; ".join(reason for reason in row["reasons"] if reason not in shared)}
        for row in chosen
    ]
    columns = (*FINDINGS, Column("own_reasons", "What lowers it besides", "prose"))
    return make_table("findings", "Every outcome of this comparison, by any route", columns, rows)


def _draw_dots(chosen: Sequence[dict[str, Any]]) -> charts.Drawing | None:
    frame = make_dot_frame(chosen)
    if frame.empty:
        return None
    label = "Per cent affected by arm and the difference per 1,000, by outcome; the numbers are in the table below."
    return charts.draw(lambda width: charts.draw_dot_plot(frame, width), label, "dots", wide=FULL_WIDTH)


def _count_affected(row: dict[str, Any]) -> int:
    return int((row["participants_affected"] or 0) + (row["comparator_participants_affected"] or 0))


def _name_outcomes(rows: Iterable[dict[str, Any]]) -> str:
    return join_words([row["reaction_text"].lower() for row in rows])


def _make_others(context: Context, drug: str, findings: Sequence[dict[str, Any]], main: tuple[str, str]) -> Table:
    """Findings of other comparisons by any route, then those of each route, the main comparison first."""
    others = [row for row in findings if (row["population"], row["comparator"]) != main]
    by_route = _read_findings(context, drug, is_any=False)
    by_route.sort(key=lambda row: ((row["population"], row["comparator"]) != main, rank_route(row["route"])))
    return make_table(
        "others",
        "Other comparisons by any route, then each route of its own",
        OTHERS,
        [*others, *by_route][:MOST_ROWS],
        filters={"population": "Participants", "comparator": "Against", "route": "Route", "reaction": "Outcome"},
        says={"population": say, "comparator": say, "route": say_route, "reaction": say_reaction},
    )


def _make_trial_table(trials: Trials, main: tuple[str, str], drawn: Sequence[Key]) -> dict[str, Any]:
    """The trials that stand in no forest: those of other comparisons, of single studies, and without an event."""
    rows = [
        row
        for key in sorted(trials, key=lambda key: (key[1:] != main, key))
        if key not in drawn
        for row in trials[key]
    ]
    table = make_table(
        "trials",
        "Trial by trial: outcomes of one study, outcomes that affected nobody, and other comparisons",
        TRIALS_OF,
        rows[:MOST_ROWS],
        filters={"reaction": "Outcome", "population": "Participants", "comparator": "Against"},
        says={"population": say, "comparator": say, "reaction": say_reaction},
    )
    return {"trials": table, "left_off": max(0, len(rows) - MOST_ROWS)}
