"""What estimates of trials share: the cells of counts, the correction of empty cells, a memory of answers.

A cell is a question (KEY) at one bound, in one register and analysis. `all` counts every study once, in the register
that `is_in_all` names; the other registers count what they hold. The sensitivity analysis
`systematically_assessed` keeps trials whose events were asked for.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import duckdb

from pipeline.estimates import read_table
from pipeline.statistics.choices import WEIGHTED
from pipeline.statistics.meta_analysis import Note, Pooled, Reason

COUNTS = (
    "participants_affected",
    "participants_at_risk",
    "comparator_participants_affected",
    "comparator_participants_at_risk",
)
KEY = ("drug", "route", "reaction", "definition", "population", "comparator")
VIEW = ("bound", "register", "analysis")
SIDES = ("intravenous", "not_intravenous")  # of a contrast of routes
PRIMARY = {"register": "all", "analysis": "primary"}
TRIAL_COUNTS = (
    "trial_count",
    "crossover_trial_count",
    "not_randomised_trial_count",
    "randomisation_not_stated_trial_count",
    "trials_below_threshold_count",
    "trials_hidden_in_composite_count",
    "systematically_assessed_trial_count",
)
CELLS = f"""
    with seen as (
        select trial.* exclude (register), view.register, view.analysis,
            trial.randomisation <> 'not randomised' as is_pooled
        from events.trial_comparison as trial
        cross join (
            values ('all', 'primary'), ('all', 'systematically_assessed'), ('clinicaltrials', 'primary'),
                ('studies', 'primary')
        ) as view (register, analysis)
        where if(view.register = 'all', trial.is_in_all, trial.register = view.register)
            and (view.analysis = 'primary' or trial.is_systematically_assessed)
    )

    select {", ".join((*KEY, *VIEW))},
        {", ".join(f"list({name} order by trial_id) filter (is_pooled) as {name}" for name in COUNTS)},
        count(*) filter (is_pooled) as trial_count,
        count(*) filter (is_pooled and is_crossover) as crossover_trial_count,
        count(*) filter (not is_pooled) as not_randomised_trial_count,
        count(*) filter (randomisation = 'not stated') as randomisation_not_stated_trial_count,
        count(*) filter (is_pooled and is_below_threshold) as trials_below_threshold_count,
        count(*) filter (is_pooled and is_hidden_in_composite) as trials_hidden_in_composite_count,
        count(*) filter (is_pooled and is_systematically_assessed) as systematically_assessed_trial_count,
        -- the worst of the trials; one that nobody assessed may be as bad
        case
            when bool_or(risk_of_bias = 'high') filter (is_pooled) then 'high'
            when coalesce(bool_or(risk_of_bias = 'not_assessed') filter (is_pooled), true) then 'not_assessed'
            when bool_or(risk_of_bias = 'some concerns') filter (is_pooled) then 'some concerns'
            else 'low'
        end as risk_of_bias
    from seen
    where (drug, route, reaction) in (select unnest($1::varchar[]), unnest($2::varchar[]), unnest($3::varchar[]))
        and {{where}}
    group by {", ".join((*KEY, *VIEW))}
    order by {", ".join((*KEY, *VIEW))}
"""  # noqa: S608 - our own names
QUESTIONS = """
    select drug, route, reaction, count(*) as row_count
    from events.trial_comparison
    where {only}
    group by drug, route, reaction
    order by drug, route, reaction
"""
ROWS_AT_A_TIME = 50_000  # of trials: lists in an order take much memory
CELLS_AT_A_TIME = 2000
REASONS = {
    Reason.NOBODY_AFFECTED: "nobody was affected in any of the trials",
    Reason.EVERYBODY_AFFECTED: "everybody was affected in every trial",
    Reason.NO_COMPARATOR_EVENT: "an arm without any event in any trial: the effect is not estimable",
    Reason.NO_DRUG_EVENT: "an arm without any event in any trial: the effect is not estimable",
    Reason.EMPTY_CELL_IN_EVERY_TRIAL: "every trial has an empty cell",
    Reason.TRIALS_WITHOUT_VARIANCE: "trials without a variance would be left out",
    Reason.ONE_TRIAL: "one trial, not pooled: no heterogeneity, no interval",
    Reason.NO_WIDTH: "trials exactly alike: Hartung-Knapp without the floor has no width",
    Reason.PETO_UNBALANCED: "Peto is biased: unbalanced arms and a large effect",
    Reason.NOT_CONVERGED: "the estimate did not converge",
    Reason.FEWER_THAN_TEN_TRIALS: "fewer than ten trials: asymmetry is not tested",
    Reason.TRIALS_OF_ONE_SIZE: "trials of one size: asymmetry is not tested",
    Reason.NO_RANDOMISED_TRIAL: "no randomised trial: nothing is pooled",
}
NOTES = {
    Note.ONE_TRIAL: "one trial, not pooled",
    Note.FEW_TRIALS: "fewer than three trials: no prediction interval",
}
HALF = 0.5
remembered = lru_cache(maxsize=10_000)  # many cells near each other hold the same trials, and most bounds agree

Row = dict[str, Any]
Question = tuple[str, str, str]
"""Drug, route and reaction."""
Counts = tuple[tuple[int, ...], ...]
"""The columns of COUNTS, one value a trial."""


def read_cells(connection: duckdb.DuckDBPyConnection, where: str = "true", only: str = "true") -> Iterator[list[Row]]:
    """The cells of `events.trial_comparison` in parts, in an order that repeats.

    where: one of our own conditions on its columns, KEY and VIEW; only: another, on KEY and bound alone. A cell holds
    KEY, VIEW, TRIAL_COUNTS, `risk_of_bias` and, one value a trial that may be pooled, the lists named by COUNTS. A
    question is in one part.
    """
    chosen = CELLS.format(where=f"({where}) and ({only})")
    for questions in _divide(connection.execute(QUESTIONS.format(only=only)).fetchall()):
        cells = read_table(connection, chosen, [list(names) for names in zip(*questions, strict=True)])
        for start in range(0, cells.num_rows, CELLS_AT_A_TIME):
            yield cells.slice(start, CELLS_AT_A_TIME).to_pylist()


def _divide(counted: list[tuple[str, str, str, int]]) -> Iterator[list[Question]]:
    """The questions in parts, each of as many as ROWS_AT_A_TIME rows hold, and at least one."""
    part: list[Question] = []
    held = 0
    for drug, route, reaction, row_count in counted:
        if part and held + row_count > ROWS_AT_A_TIME:
            yield part
            part, held = [], 0
        part.append((drug, route, reaction))
        held += row_count
    if part:
        yield part


def is_primary(cell: Row) -> bool:
    """Whether a cell counts every study once, in the primary analysis."""
    return all(cell[name] == value for name, value in PRIMARY.items())


def counts_of(cell: Row) -> Counts:
    """The counts of a cell's trials, as what `remembered` can compare."""
    return tuple(tuple(cell[name] or ()) for name in COUNTS)


def correction_for(counts: Counts, measure: str, method: str) -> float:
    """A half where inverse-variance ratios meet an empty cell (Cochrane Handbook 10.4.4.2), else nothing."""
    by_weight = measure != "rd" and method in WEIGHTED
    return HALF if by_weight and any(_has_empty_cell(*trial) for trial in zip(*counts, strict=True)) else 0.0


def is_alike(affected: int, at_risk: int, comparator_affected: int, comparator_at_risk: int) -> bool:
    """Nobody affected on either side, or everybody on both: such a trial leaves a ratio."""
    return affected == comparator_affected == 0 or (affected == at_risk and comparator_affected == comparator_at_risk)


def _has_empty_cell(affected: int, at_risk: int, comparator_affected: int, comparator_at_risk: int) -> bool:
    """One of the four cells is empty, in a trial that stays in a ratio."""
    if is_alike(affected, at_risk, comparator_affected, comparator_at_risk):
        return False
    return affected in (0, at_risk) or comparator_affected in (0, comparator_at_risk)


def describe_reason(pooled: Pooled) -> str | None:
    """Why something is absent, or what must be known of it, as a text."""
    if pooled.reason_code is not None:
        return REASONS[Reason(pooled.reason_code)]
    return NOTES.get(Note(pooled.note_code)) if pooled.note_code is not None else None
