"""Precision and recall of the reading of doses, against the answer key."""

from collections.abc import Iterable
from pathlib import Path

import duckdb

from pipeline import models, typed
from tests.sql.reports.answer_keys import Score
from tests.sql.reports.doses.lists import FIELDS, LabelledDose

MODELS = ("intermediate.dose_amount", "intermediate.dose_field", "intermediate.dose_reading")
Reading = tuple[str, float | None, float | None, str | None]


def read_doses(doses: Iterable[tuple[str | None, ...]], sql_dir: Path) -> list[Reading]:
    """Confidence, single and daily amount and unit of each dose (FIELDS), as the SQL of `sql_dir` reads them."""
    listed = list(doses)
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        typed.load_codes(connection, sql_dir)
        connection.execute("create schema clean; create schema intermediate")
        columns = ", ".join(f"{name} varchar" for name in FIELDS)
        connection.execute(f"create table clean.faers_drug (case_id varchar, line_number bigint, {columns})")
        connection.executemany(
            "insert into clean.faers_drug values ('1', ?, ?, ?, ?, ?)",
            [(number, *fields) for number, fields in enumerate(listed)],
        )
        connection.execute(
            "create table intermediate.exposed_line as select 'faers' as source, case_id, line_number "
            "from clean.faers_drug"
        )
        for model in models.load_models(sql_dir):
            if isinstance(model, models.Model) and model.table in MODELS:
                connection.execute(f"create table {model.table} as\n{model.sql}")
        rows = connection.execute(
            "select coalesce(confidence, 'not stated'), single_value, daily_value, unit "
            "from clean.faers_drug as stated "
            f"left join intermediate.dose_reading as reading on reading.dose_key = dose_key({', '.join(FIELDS)}) "
            "order by line_number"
        ).fetchall()
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def score_amounts(labelled: list[LabelledDose], read: list[Reading], amount: str) -> Score:
    """The score of `single` or `daily` amounts: value and unit must both be right."""
    right = wrong = missed = 0
    for dose, (_, single, daily, unit) in zip(labelled, read, strict=True):
        meant, found = getattr(dose, amount), single if amount == "single" else daily
        is_right = found is not None and meant is not None and unit == dose.unit and abs(found - meant) < 1e-6
        right += is_right
        wrong += found is not None and not is_right
        missed += meant is not None and not is_right
    return Score(right, wrong, missed)


def score_confidence(labelled: list[LabelledDose], read: list[Reading], confidence: str) -> Score:
    """The score of one word of confidence."""
    pairs = [
        (found[0] == confidence, dose.confidence == confidence) for dose, found in zip(labelled, read, strict=True)
    ]
    return Score.count(pairs)
