"""Do intravenous trials of a drug show another effect than trials by other routes, against the same kind of control?

grain  one row per drug, reaction, definition, population, comparator, bound, measure, method and tau
key    drug, reaction, definition, population, comparator, bound, measure, method, tau
not    a randomised comparison of routes: intravenous and other trials differ in people, dose and care. No magnesium

A test between subgroups (Borenstein and Higgins, Prev Sci 2013;14:134). Where one trial gave the drug both ways
beside one control, the control's people are divided between the two (Cochrane Handbook 23.3.4); a crossover that
did so is set aside, since the same people would be on both sides. The route of magnesium defines its subclass, so
it has no contrast. With trials on one side only there is one row a measure, with that reason.
"""

from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from pipeline.estimates import estimate_parts, make_table, read_table
from pipeline.estimates._comparisons import COUNTS, SIDES, Counts, correction_for, describe_reason, remembered
from pipeline.estimates._unchanged import mark_changed, read_unchanged
from pipeline.statistics.meta_analysis import Subgroups, split_control, subgroups

KEY = ("drug", "reaction", "definition", "population", "comparator", "bound")
METHODS = (("mh", "none"), *((method, tau) for method in ("dl", "reml") for tau in ("separate", "common")))
ANSWERS = ("estimate", "lower", "upper", "tau_squared")
CELLS = f"""
    select {", ".join(KEY)},
        list(struct_pack(route := route, trial_id := trial_id, is_crossover := is_crossover,
            {", ".join(f"{name} := {name}" for name in COUNTS)}) order by route, trial_id) as trials
    from events.trial_comparison
    where route in ('intravenous', 'not_intravenous') and randomisation <> 'not randomised' and is_in_all
        and not starts_with(drug, 'magnesium') and {{only}}
    group by {", ".join(KEY)}
    order by {", ".join(KEY)}
"""  # noqa: S608 - our own names
CELLS_AT_A_TIME = 2000

Row = dict[str, Any]


def estimate(connection: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
    """Every drug, reaction, population and control with a trial on either side; no row where there is none."""
    yield make_table([], COLUMNS)
    yield from _estimate(connection)


def estimate_changed(connection: duckdb.DuckDBPyConnection, earlier: str) -> Iterator[pa.Table]:
    """The same, with the rows of unchanged cells as the live snapshot has them."""
    mark_changed(connection, earlier)
    yield make_table([], COLUMNS)
    names = ", ".join(KEY)
    changed = f"select {names} from changed_cell where route in {SIDES}"  # noqa: S608 - our own names
    only = f"({names}) in (select ({names}) from ({changed}))"  # noqa: S608 - our own names
    yield from read_unchanged(connection, earlier, "summary.trial_subgroup", COLUMNS, key=KEY, changed=changed)
    yield from _estimate(connection, only)


def _estimate(connection: duckdb.DuckDBPyConnection, only: str = "true") -> Iterator[pa.Table]:
    cells = read_table(connection, CELLS.format(only=only))
    parts = (cells.slice(start, CELLS_AT_A_TIME).to_pylist() for start in range(0, cells.num_rows, CELLS_AT_A_TIME))
    yield from estimate_parts(connection, _contrast_cells, parts)


def _contrast_cells(cells: list[Row]) -> pa.Table:
    return make_table([row for cell in cells for row in _contrasts(cell)], COLUMNS)


def _contrasts(cell: Row) -> Iterator[Row]:
    """The rows of one cell at one bound."""
    trials, described = _separate(cell["trials"])
    described |= {name: cell[name] for name in KEY}
    routes = tuple(trial["route"] for trial in trials)
    described |= {f"{side}_trial_count": routes.count(side) for side in SIDES}
    counts = tuple(tuple(trial[name] for trial in trials) for name in COUNTS)
    for measure in ("rr", "or", "rd"):
        # a side alone is tested against nothing: its own effects are in trial_effect
        for method, tau in METHODS if len(set(routes)) == len(SIDES) else METHODS[:1]:
            choice = {"measure": measure, "method": method, "tau": tau}
            yield described | choice | _pool_sides(counts, routes, measure, method, tau)


def _separate(trials: list[Row]) -> tuple[list[Row], Row]:
    """The trials with nobody on two sides: shared controls are split; a trial that cannot be split is set aside."""
    both = {trial["trial_id"] for trial in trials if trial["route"] == SIDES[0]} & {
        trial["trial_id"] for trial in trials if trial["route"] == SIDES[1]
    }
    kept: list[Row] = []
    set_aside, shared = set(), set()
    for trial in trials:
        if trial["trial_id"] not in both:
            kept.append(trial)
        elif trial["is_crossover"] or trial["comparator_participants_at_risk"] < len(SIDES):
            set_aside.add(trial["trial_id"])
        else:
            shared.add(trial["trial_id"])
            affected, at_risk = split_control(
                trial["comparator_participants_affected"], trial["comparator_participants_at_risk"], len(SIDES)
            )
            place = SIDES.index(trial["route"])
            kept.append(
                trial
                | {
                    "comparator_participants_affected": int(affected[place]),
                    "comparator_participants_at_risk": int(at_risk[place]),
                }
            )
    return kept, {
        "crossover_trial_count": sum(trial["is_crossover"] for trial in kept),
        "shared_control_trial_count": len(shared),
        "set_aside_trial_count": len(set_aside),
    }


@remembered
def _pool_sides(counts: Counts, routes: tuple[str, ...], measure: str, method: str, tau: str) -> Row:
    """Both sides pooled, and the test between them."""
    found = Subgroups({}, np.nan, 0, np.nan)
    correction = correction_for(counts, measure, method)
    if routes:
        affected, at_risk, other_affected, other_at_risk = counts
        found = subgroups(
            affected, at_risk, other_affected, other_at_risk, routes,
            measure=measure, method=method, tau="separate" if tau == "none" else tau, correction=correction,
        )  # fmt: skip
    row: Row = {
        f"{side}_{name}": getattr(found.groups[side], name) if side in found.groups else np.nan
        for side in SIDES
        for name in ANSWERS
    }
    row |= {"q_between": found.q_between, "df": found.df, "p_value": found.p_value}
    return row | {"correction": correction, "reason": _reason(found)}


def _reason(found: Subgroups) -> str | None:
    """Why there is no test, or what must be known of it."""
    for side in SIDES:
        if side not in found.groups:
            return f"no trial to compare on the {side} side"
        if np.isnan(found.groups[side].estimate):
            return f"{side}: {describe_reason(found.groups[side])}"
    if found.df < 1:
        return "a side without a variance: the sides are not tested"
    single = [side for side in SIDES if found.groups[side].study_count == 1]
    return f"one trial, not pooled: {' and '.join(single)}" if single else None


COLUMNS: dict[str, pa.DataType] = {
    **dict.fromkeys((*KEY, "measure", "method", "tau"), pa.string()),
    "correction": pa.float64(),
    **dict.fromkeys((f"{side}_trial_count" for side in SIDES), pa.int64()),
    **dict.fromkeys(("crossover_trial_count", "shared_control_trial_count", "set_aside_trial_count"), pa.int64()),
    **dict.fromkeys((f"{side}_{name}" for side in SIDES for name in ANSWERS), pa.float64()),
    "q_between": pa.float64(),
    "df": pa.int64(),
    "p_value": pa.float64(),
    "reason": pa.string(),
}
