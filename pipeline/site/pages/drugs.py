"""One page for each drug: what is reported by route and over time, every cell, and trials beside it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import pandas as pd

from pipeline.site import charts
from pipeline.site.case_breakdowns import describe_breakdowns, describe_labels
from pipeline.site.cells import list_sources, make_forest_frame, read_cells
from pipeline.site.context import Context
from pipeline.site.drug_caveats import find_caveats
from pipeline.site.numbers import show_count, show_quarter
from pipeline.site.page import Link, Page
from pipeline.site.reports_beside_trials import make_beside_table
from pipeline.site.tables import Column, Table, make_table
from pipeline.site.trial_findings import choose_comparison, make_difference_frame, read_findings
from pipeline.site.words import join_words, name_file, say_drug, say_reaction, say_route

ROR_AXIS = charts.Axis("reporting odds ratio, 95 % interval, log scale; ■ flagged", is_log=True)
IC_AXIS = charts.Axis("information component, 95 % interval; ■ flagged", is_log=False)
DIFFERENCE_AXIS = charts.Axis("people more (or fewer, below 0) per 1,000, 95 % interval", is_log=False)
FOUR_CELLS = (
    Column(
        "with_both_count", "Both", "count", tip="Cases with the drug by the route and the reaction", href="cases_href"
    ),
    Column("expected_count", "Expected", "ratio", tip="Cases with both if drug and reaction were independent"),
    Column("ic_text", "IC (95 % interval)", "number", sort_by="ic", tip="Information component, by Norén 2013"),
    Column("ror_text", "ROR (95 % interval)", "number", sort_by="ror", tip="Reporting odds ratio"),
    Column("criteria", "Criteria met", tip="Measures whose criterion the cell meets"),
    Column("drug_only_count", "Drug only", "count", tip="Cases with the drug by the route, without the reaction"),
    Column("reaction_only_count", "Reaction only", "count", tip="All other cases with the reaction"),
    Column("neither_count", "Neither", "count", tip="All other cases without the reaction"),
    Column("prr_text", "PRR (95 % interval)", "number", sort_by="prr", tip="Proportional reporting ratio"),
    Column("ebgm_text", "EBGM (90 % interval)", "number", sort_by="ebgm", tip="Empirical Bayes geometric mean"),
    Column("labelled", "In the label", tip="Whether the product label names the reaction"),
    Column("review_decision", "Reviewed", tip="What a person decided of the cell"),
)
CELLS = (Column("reaction_text", "Reaction"), Column("route_text", "Route"), *FOUR_CELLS)
FINDINGS = (
    Column("reaction_text", "Reaction"),
    Column("population_text", "Participants"),
    Column("comparator_text", "Against"),
    Column("trial_count", "Trials", "count"),
    Column("affected_text", "Affected / at risk, drug", "number"),
    Column("beside_text", "comparator", "number"),
    Column("difference_text", "More per 1,000 (95 % interval)", "number", sort_by="difference_per_1000"),
    Column("open_text", "Widest range, with unposted events", "number", sort_by="most"),
    Column("certainty", "Certainty"),
    Column("reasons_text", "What lowers it", "prose"),
)
QUARTERS = """
select quarter, is_landed, quarter_with_both_count, with_both_count, ic, ic_lower, ic_upper, reaction
from summary.signal_by_quarter
where source = $source and drug = $drug and route = 'any' and definition = 'narrow' and quarter != 'not stated'
order by reaction, quarter
"""


def name_links(context: Context) -> tuple[Link, ...]:
    """The single drugs; their sums and parts are reached from the pages of those."""
    return tuple(Link(name_file("drug", drug), say_drug(drug), "drugs") for drug in context.drugs)


def make_pages(context: Context) -> Iterator[Page]:
    """A page for each drug of the watch list, its sums and parts."""
    sources = list_sources(context)
    cells = {source: read_cells(context, source) for source, _ in sources}
    for drug in context.all_drugs:
        reports = [
            _describe_reports(
                context, (source, title), drug, [cell for cell in cells[source] if cell["drug"] == drug]
            )
            for source, title in sources
        ]
        yield Page(
            name_file("drug", drug),
            say_drug(drug),
            "drug.html",
            {
                "meaning": context.find_meaning("drug", drug),
                "own_caveats": find_caveats(drug),
                "relatives": _list_relatives(context, drug),
                "reports": [report for report in reports if report],
                "trials": _describe_trials(context, drug),
                "trials_path": name_file("trials", drug),
                "name": say_drug(drug).lower(),
                "has_reports": bool(sources),
                "beside": [
                    make_beside_table(
                        context, drug, source, title, [cell for cell in cells[source] if cell["drug"] == drug]
                    )
                    for source, title in sources
                ]
                or [make_beside_table(context, drug, "trials", "", [])],
                "labels": describe_labels(context, drug),
            },
            shows_reports=bool(sources),
            shows_trials=True,
        )


def _list_relatives(context: Context, drug: str) -> list[tuple[str, str]]:
    """Path and name of the drugs whose name begins alike: sums and parts of this drug, or what it is one of."""
    stem = drug.partition("_")[0]
    family = [other for other in context.all_drugs if other.partition("_")[0] == stem and other != drug]
    if "ketamine" in drug:
        family = [other for other in context.all_drugs if "ketamine" in other and other != drug]
    return [(name_file("drug", other), say_drug(other)) for other in family]


def _describe_reports(
    context: Context, of_source: tuple[str, str], drug: str, cells: Sequence[dict[str, Any]]
) -> dict[str, Any] | None:
    source, title = of_source
    whole = sorted((cell for cell in cells if cell["route"] == "any"), key=lambda cell: -cell["with_both_count"])
    if not whole:
        return None
    is_single = drug in context.drugs
    shown = sorted(
        (cell for cell in whole if cell["with_both_count"] and (is_single or cell["is_flagged"])),
        key=lambda cell: (not cell["is_flagged"], -(cell["ic_lower"] or float("-inf"))),
    )
    quarters: dict[str, list[dict[str, Any]]] = defaultdict(list)
    if not context.is_suppressed:
        for row in context.ask(QUARTERS, {"source": source, "drug": drug}):
            quarters[row["reaction"]].append(row)
    all_quarters = [] if context.is_suppressed else list_quarters(context, source)
    in_order = [cell for reaction in context.reactions for cell in whole if cell["reaction"] == reaction]
    return {
        "title": title,
        "is_single": is_single,
        "lead": _say_lead(drug, title, whole),
        "by_reaction": charts.draw(
            partial(_draw, make_forest_frame(in_order, label="reaction_text", measure="ic"), IC_AXIS),
            f"Information component of each reaction with {say_drug(drug)}; the numbers are in the table of cells.",
            f"{source}-reactions",
        ),
        "sections": [
            _describe_reaction(cell, cells, make_quarter_rows(all_quarters, quarters[cell["reaction"]]), source)
            for cell in shown
        ],
        "breakdowns": list(describe_breakdowns(context, source, drug)),
        "without_case": [say_reaction(cell["reaction"]).lower() for cell in whole if not cell["with_both_count"]],
        "table": make_table(
            f"cells-{source}",
            f"Every cell of {say_drug(drug)}, narrow terms, against all other cases",
            CELLS,
            cells,
            filters={"reaction": "Reaction", "route": "Route", "flagged": "Flagged"},
            says={"reaction": say_reaction, "route": say_route},
            least={"with_both_count": "Cases from"},
            level="level",
        ),
    }


def _draw(frame: pd.DataFrame, axis: charts.Axis, width: int) -> Any:
    return charts.draw_forest(frame, width, axis)


def _describe_reaction(
    cell: dict[str, Any], cells: Sequence[dict[str, Any]], rows: list[dict[str, Any]], source: str
) -> dict[str, Any]:
    reaction = cell["reaction"]
    of_reaction = [row for row in cells if row["reaction"] == reaction and row["drug_route_count"]]
    frame = make_forest_frame(of_reaction, label="route_text", measure="ror")
    names = f"{cell['reaction_text']} with {cell['drug_text']}"
    key = f"{source}-{reaction}".replace("_", "-")
    return {
        "key": f"reaction-{key}",
        "title": cell["reaction_text"],
        "counts": cell["counts"],
        "forest": charts.draw(
            partial(_draw, frame, ROR_AXIS),
            f"Reporting odds ratio of {names}, by route; the numbers are in the table of all cells.",
            f"forest-{key}",
        ),
        "over_time": bool(rows)
        and charts.draw(
            partial(charts.draw_over_time, _make_quarter_frame(rows)),
            f"Cases of {names} by quarter, and the information component up to each; the numbers are in the table.",
            f"time-{key}",
        ),
        "quarters": _make_quarter_table(f"quarters-{key}", names, rows),
    }


def list_quarters(context: Context, source: str) -> list[str]:
    """Every quarter from the first to the newest of a source, also those that were not received."""
    held = context.ask(
        "select distinct quarter from summary.signal_by_quarter where source = $source and quarter != 'not stated'",
        {"source": source},
    )
    missing = next(each.missing for each in context.sources if each.source == source)
    return sorted({row["quarter"] for row in held} | set(missing))


def make_quarter_rows(quarters: Sequence[str], rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row for each quarter; one in which nothing is known has no count and no estimate."""
    found = {row["quarter"]: row for row in rows}
    nothing = {
        "quarter_with_both_count": None,
        "with_both_count": None,
        "is_landed": False,
        "ic": None,
        "ic_lower": None,
        "ic_upper": None,
    }
    return [nothing | {"quarter": quarter} | found.get(quarter, {}) for quarter in quarters]


def _make_quarter_frame(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "quarter": [show_quarter(row["quarter"]) for row in rows],
            "count": [row["quarter_with_both_count"] or 0 for row in rows],
            "is_landed": [bool(row["is_landed"]) for row in rows],
        }
    )
    for name, key in (("ic", "ic"), ("lower", "ic_lower"), ("upper", "ic_upper")):
        frame[name] = pd.Series([row[key] for row in rows], dtype=float)
    return frame


def _make_quarter_table(key: str, names: str, rows: Sequence[dict[str, Any]]) -> Table:
    columns = (
        Column("quarter", "Quarter", "quarter"),
        Column("received", "Received"),
        Column("quarter_with_both_count", "Cases", "count"),
        Column("with_both_count", "Cases so far", "count"),
        Column("ic", "IC", "signed"),
        Column("ic_lower", "lower", "signed"),
        Column("ic_upper", "upper", "signed"),
    )
    listed = [row | {"received": "yes" if row["is_landed"] else "not received"} for row in rows]
    return make_table(key, f"{names} by quarter of first receipt", columns, listed, is_sortable=False)


def _say_lead(drug: str, title: str, whole: Sequence[dict[str, Any]]) -> str:
    """The chief facts of a drug in reports, in two sentences."""
    name, count = say_drug(drug).lower(), whole[0]["drug_route_count"]
    said = f"{show_count(count)} cases in {title} name {name} as a suspect drug. "
    flagged = [
        f"{cell['reaction_text'].lower()} ({show_count(cell['with_both_count'])})"
        for cell in whole
        if cell["is_flagged"]
    ]
    what = join_words(flagged) or "no watched reaction"
    verb = "are" if len(flagged) > 1 else "is"
    return f"{said}By any route together, {what} {verb} reported more often than other reports would suggest."


def _describe_trials(context: Context, drug: str) -> dict[str, Any]:
    findings = read_findings(context, drug)
    chosen = choose_comparison(findings)
    if not chosen:
        return {"chosen": None}
    chief = max(chosen, key=lambda row: (row["reaction"] in context.reactions, row["participants_affected"] or 0))
    return {
        "chosen": chosen[0],
        "sentence": chief["sentence_text"],
        "forest": charts.draw(
            partial(_draw, make_difference_frame(chosen), DIFFERENCE_AXIS),
            f"People more per 1,000 in trials of {say_drug(drug)}; the numbers are in the table of findings.",
            "trials",
        ),
        "table": make_table("findings", f"What trials of {say_drug(drug)} found, by any route", FINDINGS, findings),
    }
