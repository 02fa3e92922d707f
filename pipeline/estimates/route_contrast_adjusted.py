"""A reporting contrast: intravenous against other known routes within one drug, adjusted for what the reports state.

grain  one row per source, drug, outcome kind, outcome, model and choice of cases
key    source, drug, outcome_kind, outcome, model, case_choice
not    an effect of route. Reports say who reported, not who was harmed; setting and severity are not in them

Cases of misuse and overdose and probable duplicates are set aside. Each drug is contrasted by itself, since a roll-up
sets one product against another. Model `patient`: age band, sex, year, country group, reporter. Model `indication`
adds what the drug was given for. Model `comedication` adds opioids and sedatives in any role: suspected ones alone
would condition on the reaction; a sedative may still have been given because of it. "Not stated" is a level; complete
cases are a sensitivity. Firth's regression, intervals from the penalised profile.

Null below ten cases with the outcome on a side, and where an indication has cases of one route only. Negative
controls (three cases and more, Firth's estimate and the interval of its standard error) show what is left of
confounding: where more than a tenth of their intervals exclude 1, the row says so and has a calibrated interval too.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from scipy.special import ndtr

from pipeline.estimates import make_table, read_table
from pipeline.statistics.arguments import Floats
from pipeline.statistics.codes import Reason
from pipeline.statistics.confounding import (
    COMMON,
    SystematicError,
    calibrate,
    compute_e_value,
    fit_systematic_error,
)
from pipeline.statistics.firth import Coefficient, estimate_firth, fit_firth
from pipeline.statistics.two_by_two import Z95

FACTORS = ("age_band", "sex", "country_group", "reporter_group", "indication_group", "has_opioid", "has_sedative")
PATTERN = ("is_intravenous", "first_received_year", *FACTORS)
MODELS = {"patient": FACTORS[:4], "indication": FACTORS[:5], "comedication": FACTORS}
NOT_STATED = {"age_band": "not stated", "sex": "not stated", "country_group": "not stated",
              "reporter_group": "not stated", "indication_group": "unknown"}  # fmt: skip
CHOICES = ("all", "complete")
FEWEST_ON_A_SIDE, FEWEST_OF_A_CONTROL = 10, 3
NO_CASE, FEW_CASES, ONE_ROUTE = "no_case_on_a_side", "few_cases_with_outcome", "indication_of_one_route"
WARNING = (
    "reporting contrast, not an effect of route: setting and severity are not adjusted for, a sedative may have been"
    " given because of the reaction, and an E-value is silent on selection"
)
CASES = f"""
    select source, drug, {", ".join(PATTERN)}, count(*) as case_count
    from intermediate.route_contrast_case
    group by all
    order by all
"""  # noqa: S608 - our own names
OUTCOMES = f"""
    select source, drug, outcome_kind, outcome, {", ".join(PATTERN)}, count(*) as case_count
    from intermediate.route_contrast_case
    inner join intermediate.route_contrast_outcome using (source, case_id)
    group by all
    order by all
"""  # noqa: S608 - our own names
LISTED = """
    select 'reaction' as outcome_kind, reaction as outcome from codes.reaction where definition = 'narrow'
        and reaction <> 'misuse_or_dependence'
    union
    select 'reaction', rollup from codes.reaction_rollup
    union
    select expected || '_control', control from codes.route_control
    order by all
"""

Row = dict[str, Any]
Outcome = tuple[str, str]


def estimate(connection: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
    """Every drug with a case on both sides, each outcome by each model; an empty table where there is none."""
    yield make_table([], COLUMNS)
    listed = [tuple(row) for row in connection.execute(LISTED).fetchall()]
    patterns = _group(connection, CASES)
    outcomes = _group(connection, OUTCOMES)
    for key, rows in patterns.items():
        cases = _Cases(rows, outcomes.get(key, []))
        described = dict(zip(("source", "drug"), key, strict=True))
        for choice in CHOICES:
            for model in MODELS:
                yield make_table([described | row for row in cases.contrast(listed, model, choice)], COLUMNS)


def _group(connection: duckdb.DuckDBPyConnection, query: str) -> dict[tuple[Any, ...], list[Row]]:
    """The rows of a query by source and drug."""
    found: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in read_table(connection, query).to_pylist():
        found[row["source"], row["drug"]].append(row)
    return found


class _Cases:
    """The cases of one drug: one row a pattern of what is adjusted for, and by outcome the cases that report it."""

    def __init__(self, patterns: list[Row], outcomes: list[Row]) -> None:
        self.patterns = patterns
        self.total = np.array([row["case_count"] for row in patterns], dtype=np.float64)
        self.is_intravenous = np.array([row["is_intravenous"] for row in patterns], dtype=bool)
        places = {tuple(row[name] for name in PATTERN): place for place, row in enumerate(patterns)}
        self.affected: dict[Outcome, Floats] = defaultdict(lambda: np.zeros(len(patterns)))
        for row in outcomes:
            place = places[tuple(row[name] for name in PATTERN)]
            self.affected[row["outcome_kind"], row["outcome"]][place] = row["case_count"]

    def contrast(self, listed: list[Outcome], model: str, choice: str) -> Iterator[Row]:
        """The rows of one model and choice of cases."""
        factors = MODELS[model]
        kept = np.array([choice == "all" or _is_complete(row, factors) for row in self.patterns], dtype=bool)
        refused = self._refuse(kept, factors)
        table = None if refused else _Table.of([self.patterns[i] for i in np.flatnonzero(kept)], factors)
        systematic = None if table is None else self._judge_controls(listed, kept, table)
        for outcome in listed:
            counts = self._count(outcome, kept)
            fitted: Coefficient | None = None
            reason = refused
            if reason is None and min(counts["intravenous"][1], counts["not_intravenous"][1]) < FEWEST_ON_A_SIDE:
                reason = FEW_CASES
            if reason is None and table is not None:
                fitted = table.fit(self.affected[outcome][kept], with_profile=outcome[0] != "negative_control")
                reason = fitted.reason_code
            yield {
                "outcome_kind": outcome[0], "outcome": outcome[1], "model": model, "case_choice": choice,
                **{f"{side}_case_count": counts[side][0] for side in counts},
                **{f"{side}_with_outcome_count": counts[side][1] for side in counts},
                **_describe(fitted, reason, systematic, self._is_common(outcome, kept)),
            }  # fmt: skip

    def _refuse(self, kept: np.ndarray[Any, Any], factors: tuple[str, ...]) -> str | None:
        sides = self.is_intravenous[kept]
        if sides.all() or not sides.any():
            return NO_CASE
        if "indication_group" in factors:
            routes: dict[str, set[bool]] = defaultdict(set)
            for place in np.flatnonzero(kept):
                routes[self.patterns[place]["indication_group"]].add(bool(self.is_intravenous[place]))
            if any(len(found) < 2 for found in routes.values()):
                return ONE_ROUTE
        return None

    def _count(self, outcome: Outcome, kept: np.ndarray[Any, Any]) -> dict[str, tuple[int, int]]:
        sides = {"intravenous": kept & self.is_intravenous, "not_intravenous": kept & ~self.is_intravenous}
        affected = self.affected[outcome]
        return {name: (int(self.total[side].sum()), int(affected[side].sum())) for name, side in sides.items()}

    def _is_common(self, outcome: Outcome, kept: np.ndarray[Any, Any]) -> bool:
        return bool(self.affected[outcome][kept].sum() > COMMON * self.total[kept].sum())

    def _judge_controls(self, listed: list[Outcome], kept: np.ndarray[Any, Any], table: "_Table") -> SystematicError:
        found = []
        for outcome in listed:
            affected = self.affected[outcome][kept]
            if outcome[0] == "negative_control" and affected.sum() >= FEWEST_OF_A_CONTROL:
                control = table.fit(affected, with_profile=False)
                if control.reason_code is None:
                    found.append((control.estimate, control.standard_error))
        return fit_systematic_error([one for one, _ in found], [error for _, error in found])


@dataclass(frozen=True)
class _Table:
    """The design of one model, one row a combination of its own factors; row: of each pattern; total: cases."""

    design: Floats
    row: np.ndarray[Any, Any]
    total: Floats

    @classmethod
    def of(cls, patterns: list[Row], factors: tuple[str, ...]) -> "_Table":
        design, row = np.unique(_make_design(patterns, factors), axis=0, return_inverse=True)
        cases = np.array([pattern["case_count"] for pattern in patterns], dtype=np.float64)
        return cls(design, row.ravel(), np.bincount(row.ravel(), weights=cases).astype(np.float64))

    def fit(self, affected: Floats, *, with_profile: bool) -> Coefficient:
        """The coefficient of the side, with its profile interval or, for many controls, that of its error alone."""
        events = np.bincount(self.row, weights=affected, minlength=self.total.size)
        if with_profile:
            return fit_firth(self.design, events, self.total, [1])[1]
        estimate, error = estimate_firth(self.design, events, self.total, 1)
        reason = None if np.isfinite(error) else Reason.NOT_CONVERGED
        p_value = 2 * float(ndtr(-abs(estimate) / error))
        return Coefficient(estimate, estimate - Z95 * error, estimate + Z95 * error, error, p_value, reason)


def _is_complete(row: Row, factors: tuple[str, ...]) -> bool:
    return row["first_received_year"] is not None and all(row[name] != NOT_STATED.get(name) for name in factors)


def _make_design(patterns: list[Row], factors: tuple[str, ...]) -> Floats:
    """A column of ones, the side, the year in decades (absent: its mean), and each level but the most frequent.

    A column that those before it determine is left out: it would change nothing but the names of coefficients.
    """
    years = np.array([row["first_received_year"] or np.nan for row in patterns], dtype=np.float64)
    years = np.where(np.isnan(years), np.nanmean(years) if np.isfinite(years).any() else 0.0, years)
    columns = [np.ones(len(patterns)), np.array([row["is_intravenous"] for row in patterns], dtype=np.float64)]
    candidates = [(years - years.mean()) / 10]
    for name in factors:
        values = [row[name] for row in patterns]
        levels = sorted(set(values), key=lambda level: (-values.count(level), str(level)))
        candidates += [np.array([value == level for value in values], dtype=np.float64) for level in levels[1:]]
    for candidate in candidates:
        if np.linalg.matrix_rank(np.column_stack([*columns, candidate])) > len(columns):
            columns.append(candidate)
    return np.column_stack(columns)


def _describe(
    fitted: Coefficient | None, reason: str | None, systematic: SystematicError | None, is_common: bool
) -> Row:
    row: Row = dict.fromkeys(NUMBERS, np.nan) | {"reason_code": reason, "warning_text": WARNING}
    row |= {"negative_control_count": None, "is_residual_confounding": None}
    if systematic is not None:
        row["negative_control_count"] = systematic.control_count
        row["negative_control_excluding_share"] = systematic.excluding_share
        if np.isfinite(systematic.mean):
            row["is_residual_confounding"] = systematic.is_residual
    if fitted is None or fitted.reason_code is not None:
        return row
    ends = [float(np.exp(each)) for each in (fitted.estimate, fitted.lower, fitted.upper)]
    row |= dict(zip(("estimate", "lower", "upper"), ends, strict=True)) | {"p_value": fitted.p_value}
    row |= dict(zip(("e_value", "e_value_of_bound"), compute_e_value(*ends, is_common=is_common), strict=True))
    if row["is_residual_confounding"] and systematic is not None:
        calibrated = calibrate(fitted.estimate, fitted.standard_error, systematic)
        row |= dict(zip(CALIBRATED, calibrated, strict=True))
    return row


CALIBRATED = ("calibrated_estimate", "calibrated_lower", "calibrated_upper", "calibrated_p_value")
NUMBERS = (
    "estimate", "lower", "upper", "p_value", "e_value", "e_value_of_bound", "negative_control_excluding_share",
    *CALIBRATED,
)  # fmt: skip
COLUMNS: dict[str, pa.DataType] = {
    **dict.fromkeys(("source", "drug", "outcome_kind", "outcome", "model", "case_choice"), pa.string()),
    **dict.fromkeys(
        (
            "intravenous_with_outcome_count",
            "not_intravenous_with_outcome_count",
            "intravenous_case_count",
            "not_intravenous_case_count",
            "negative_control_count",
        ),
        pa.int64(),
    ),
    **dict.fromkeys(NUMBERS, pa.float64()),
    "is_residual_confounding": pa.bool_(),
    **dict.fromkeys(("reason_code", "warning_text"), pa.string()),
}
