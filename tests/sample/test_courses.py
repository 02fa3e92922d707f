"""The sample world shows every way in which a report states, or does not state, a start, an event and a dose."""

import duckdb
import pytest

from pipeline.contract import load_words, select_words
from pipeline.resources import ROOT

WORDS = load_words(ROOT / "sql")


@pytest.mark.parametrize(
    ("table", "column", "vocabulary", "absent"),
    [
        ("intermediate.case_onset", "onset_basis", "onset_basis", {"event_after_receipt"}),
        ("intermediate.case_onset", "dechallenge", "challenge", set()),
        ("intermediate.case_dose", "dose_basis", "report_dose_basis", set()),
        ("intermediate.dose_reading", "confidence", "dose_confidence", set()),
    ],
)
def test_every_word_occurs(
    built: duckdb.DuckDBPyConnection, table: str, column: str, vocabulary: str, absent: set[str]
) -> None:
    """But for an event after receipt: the invented senders know no future. A contradiction needs two lines."""
    found = {word for (word,) in built.execute(f"select distinct {column} from {table}").fetchall()}
    assert found >= set(select_words(WORDS, vocabulary)) - absent - {"contradictory"}


def test_distributions_are_shown_where_days_carry_one(built: duckdb.DuckDBPyConnection) -> None:
    """Reactions to racemic ketamine are mostly of the same day; of other drugs some days have a distribution."""
    rows = built.execute(
        "select drug, reason_code, weibull_shape from summary.time_to_onset where dated_case_count >= 30"
    ).fetchall()
    assert ("ketamine", "day_0_over_a_fifth", None) in rows
    assert any(reason is None and shape > 0 for _, reason, shape in rows)


def test_implausible_doses_stay_in_their_bands(built: duckdb.DuckDBPyConnection) -> None:
    """Most are in a band of their own; the others are of cases with another dose beside."""
    ((implausible, banded),) = built.execute(
        "select sum(dose_implausible_case_count), sum(dose_implausible_case_count) "
        "filter (where dose_band not in ('unknown', 'several', 'not coded')) from summary.reported_by_dose_band"
    ).fetchall()
    assert implausible >= banded > 0
