"""The control pairs: known signals must be flagged, known non-signals must not; too few cases decide nothing."""

import duckdb

from pipeline.models import find_model_files
from tests.sql.reports.database import SQL, fetch
from tests.sql.reports.text_tables import format_table

CONTROLS = """
    ('CLOZAPINE', 'Agranulocytosis', 'positive'), ('ZOLPIDEM', 'Somnambulism', 'positive'),
    ('ESKETAMINE', 'Dissociation', 'positive'), ('LORATADINE', 'Rhabdomyolysis', 'negative'),
    ('TAMSULOSIN', 'Agranulocytosis', 'negative'), ('ADALIMUMAB', 'Dissociation', 'negative')
"""
SCORES = """
    ('CLOZAPINE', 'AGRANULOCYTOSIS', 12, 3.1, true), ('ZOLPIDEM', 'Somnambulism', 3, -0.4, false),
    ('ESKETAMINE', 'Dissociation', 2, -0.1, false), ('LORATADINE', 'Rhabdomyolysis', 5, 0.7, true),
    ('TAMSULOSIN', 'Agranulocytosis', 4, -1.2, false), ('CLOZAPINE', 'Nausea', 9, 2.0, true)
"""
MEASURES = ("expected_count", "prr", "ror", "ic", "ic_upper", "ebgm", "eb05", "eb95")


def test_each_control_has_an_outcome_whether_reported_or_not() -> None:
    """A term in capitals is the same term; a pair that was never reported has a row; two cases decide nothing."""
    connection = duckdb.connect(":memory:")
    for schema in ("codes", "events", "intermediate", "summary"):
        connection.execute(f"create schema {schema}")
    connection.execute(
        f"create table codes.signal_control as from (values {CONTROLS}) as t(ingredient, preferred_term, expected)"
    )
    connection.execute(
        "create table intermediate.pair_margin as select 'faers' as source, * from (values "
        "('every_case', '', 'young', 900), ('every_case', '', 'old', 100), "
        "('ingredient', 'CLOZAPINE', 'young', 30), ('ingredient', 'CLOZAPINE', 'old', 10), "
        "('preferred_term', 'AGRANULOCYTOSIS', 'old', 17), ('ingredient', 'ADALIMUMAB', 'old', 50)) "
        "as t(margin, name, patient_stratum, case_count)"
    )
    numbers = ", ".join(f"1.5 as {name}" for name in MEASURES)
    connection.execute(
        f"create table summary.signal_any_drug as select 'faers' as source, *, {numbers} from (values {SCORES}) "
        "as t(ingredient, preferred_term, with_both_count, ic_lower, is_ic025)"
    )
    select = find_model_files(SQL)["summary.signal_control"].read_text()
    rows = fetch(
        connection,
        "select ingredient, preferred_term, expected, with_both_count, ingredient_case_count, reaction_case_count, "
        f"is_flagged, outcome from ({select}) order by 1, 2",
    )
    assert format_table(rows) == format_table(
        [
            ("ADALIMUMAB", "Dissociation", "negative", 0, 50, 0, False, "too_few_cases"),
            ("CLOZAPINE", "Agranulocytosis", "positive", 12, 40, 17, True, "found"),
            ("ESKETAMINE", "Dissociation", "positive", 2, 0, 0, False, "too_few_cases"),
            ("LORATADINE", "Rhabdomyolysis", "negative", 5, 0, 0, True, "false_flag"),
            ("TAMSULOSIN", "Agranulocytosis", "negative", 4, 0, 17, False, "quiet"),
            ("ZOLPIDEM", "Somnambulism", "positive", 3, 0, 0, False, "missed"),
        ]
    )
