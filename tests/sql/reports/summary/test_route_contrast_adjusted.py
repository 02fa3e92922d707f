"""The adjusted contrast of routes: which cases, what they state, and what the models find in invented cases."""

from collections.abc import Iterator

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from pipeline.estimates.route_contrast_adjusted import CALIBRATED, WARNING, estimate
from tests.sql.reports.conftest import Ask
from tests.sql.reports.database import SQL
from tests.sql.reports.text_tables import make_quarter, normalise_table

CASES = """
    select case_id, is_intravenous, age_band, sex, first_received_year, country_group, reporter_group,
        indication_group, has_opioid, has_sedative
    from intermediate.route_contrast_case
"""
QUARTER = make_quarter(
    "2017Q2",
    demo="""primaryid | caseid | caseversion | fda_dt | init_fda_dt | age | age_cod | sex | occp_cod | occr_country
        11 | 1 | 1 | 20170405 | 20170401 | 50 | YR | F | MD | US
        21 | 2 | 1 | 20170405 | 20160301 |    |    |   |    |
        31 | 3 | 1 | 20170405 | 20170401 | 70 | YR | M | CN | FR
        41 | 4 | 1 | 20170405 | 20170401 | 70 | YR | M | CN | FR
        51 | 5 | 1 | 20170405 | 20170401 | 41 | YR | M | PH | GB
        61 | 6 | 1 | 20170405 | 20170401 | 42 | YR | M | PH | GB""",
    drug="""primaryid | caseid | drug_seq | role_cod | drugname | prod_ai | route
        11 | 1 | 1 | PS | KETAMINE | KETAMINE | Intravenous drip
        11 | 1 | 2 | C | MORPHINE | MORPHINE | Oral
        21 | 2 | 1 | PS | KETAMINE | KETAMINE | Oral
        21 | 2 | 2 | SS | MIDAZOLAM | MIDAZOLAM | Oral
        31 | 3 | 1 | PS | KETAMINE | KETAMINE | Oral
        41 | 4 | 1 | PS | KETAMINE | KETAMINE | Unknown
        51 | 5 | 1 | PS | KETAMINE | KETAMINE | Intravenous drip
        61 | 6 | 1 | PS | KETAMINE | KETAMINE | Oral""",
    reac="""primaryid | caseid | pt
        11 | 1 | Hallucination
        11 | 1 | Infusion site pain
        21 | 2 | Rash
        31 | 3 | Drug abuse
        41 | 4 | Nausea
        51 | 5 | Confusional state
        51 | 5 | Gout
        61 | 6 | Vertigo""",
    indi="""primaryid | caseid | indi_drug_seq | indi_pt
        11 | 1 | 1 | Neuralgia
        11 | 1 | 2 | Cough
        51 | 5 | 1 | Sedation
        51 | 5 | 1 | Depression
        61 | 6 | 1 | Major depression
        61 | 6 | 1 | Product used for unknown indication""",
)


def test_cases_of_either_side_state_what_is_adjusted_for(ask: Ask) -> None:
    """Case 3 is misuse, case 4 has no known route; an indication of another drug, or of two kinds, is not the
    drug's."""
    assert ask(CASES, QUARTER) == normalise_table("""
        1 | True | 45-64 | female | 2017 | US | health professional | chronic_pain | True | False
        2 | False | not stated | not stated | 2016 | not stated | not stated | unknown | False | True
        5 | True | 18-44 | male | 2017 | elsewhere | health professional | other | False | False
        6 | False | 18-44 | male | 2017 | elsewhere | health professional | depression | False | False
    """)


def test_outcomes_are_narrow_reactions_and_controls(ask: Ask) -> None:
    query = "select case_id, outcome_kind, outcome from intermediate.route_contrast_outcome"
    assert ask(query, QUARTER) == normalise_table("""
        1 | reaction | hallucination
        1 | positive_control | infusion_site_reaction
        5 | reaction | confusion
        5 | negative_control | gout
    """)


def test_few_cases_have_no_estimate_and_no_roll_up_is_contrasted(ask: Ask) -> None:
    query = """
        select drug, model, case_choice, intravenous_case_count, not_intravenous_case_count, estimate, reason_code
        from summary.route_contrast_adjusted
        where outcome = 'hallucination'
    """
    assert ask(query, QUARTER) == normalise_table("""
        ketamine | patient | all | 2 | 2 |  | few_cases_with_outcome
        ketamine | patient | complete | 2 | 1 |  | few_cases_with_outcome
        ketamine | indication | all | 2 | 2 |  | indication_of_one_route
        ketamine | indication | complete | 2 | 1 |  | indication_of_one_route
        ketamine | comedication | all | 2 | 2 |  | indication_of_one_route
        ketamine | comedication | complete | 2 | 1 |  | indication_of_one_route
    """)


CONTROLS = 15


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables that the estimate reads, with a list of one reaction, its negative controls and a positive one."""
    with duckdb.connect(":memory:") as opened:
        for statement in (
            "create schema intermediate", "create schema codes",
            "create table intermediate.route_contrast_case (source varchar, drug varchar, case_id varchar, "
            "is_intravenous boolean, age_band varchar, sex varchar, first_received_year integer, "
            "country_group varchar, reporter_group varchar, indication_group varchar, has_opioid boolean, "
            "has_sedative boolean)",
            "create table intermediate.route_contrast_outcome (source varchar, case_id varchar, "
            "outcome_kind varchar, outcome varchar)",
            "create table codes.reaction as select 'hallucination' as reaction, 'narrow' as definition",
            "create table codes.reaction_rollup (rollup varchar)",
            f"create table codes.route_control as select 'control_' || range as control, 'negative' as expected "
            f"from range({CONTROLS})",
            "insert into codes.route_control values ('infusion_site_reaction', 'positive')",
        ):  # fmt: skip
            opened.execute(statement)
        yield opened


def invent_cases(
    connection: duckdb.DuckDBPyConnection, *, ratio: float, hidden: float = 0.0, cases: int = 3000, seed: int = 1
) -> None:
    """Hospitals report more of everything and give the drug intravenously; in pain it is given by mouth.

    ratio: planted odds ratio of the route for hallucination. hidden: log odds by which something that no report
    states raises every outcome of intravenous cases.
    """
    draw = np.random.default_rng(seed)
    professional, pain, old = (draw.random(cases) < share for share in (0.5, 0.5, 0.4))
    intravenous = draw.random(cases) < 1 / (1 + np.exp(-(-0.5 + 1.8 * professional - 1.2 * pain)))
    shared = 1.2 * professional - 0.8 * pain + hidden * intravenous
    rows, outcomes = [], []
    for i in range(cases):
        rows.append((
            "faers", "ketamine", str(i), bool(intravenous[i]), "75+" if old[i] else "18-44", "female",
            2015 + i % 5, "US", "health professional" if professional[i] else "consumer or lawyer",
            "chronic_pain" if pain[i] else "anaesthesia_sedation", False, bool(i % 3 == 0),
        ))  # fmt: skip
    odds = np.exp(-1.6 + shared + np.log(ratio) * intravenous)
    for i in np.flatnonzero(draw.random(cases) < odds / (1 + odds)):
        outcomes.append(("faers", str(i), "reaction", "hallucination"))
    for control in range(CONTROLS):
        odds = np.exp(-2.5 + shared)
        for i in np.flatnonzero(draw.random(cases) < odds / (1 + odds)):
            outcomes.append(("faers", str(i), "negative_control", f"control_{control}"))
    connection.execute("delete from intermediate.route_contrast_case")
    connection.execute("delete from intermediate.route_contrast_outcome")
    for table, values in (("case", rows), ("outcome", outcomes)):
        invented = pd.DataFrame(values, columns=connection.table(f"intermediate.route_contrast_{table}").columns)
        connection.register("invented", pa.Table.from_pandas(invented))
        connection.execute(f"insert into intermediate.route_contrast_{table} from invented")


def read_rows(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str, str], dict]:
    found = [row for part in estimate(connection) for row in part.to_pylist()]
    return {(row["outcome"], row["model"], row["case_choice"]): row for row in found}


@pytest.mark.proof
def test_confounding_by_reporter_and_indication_is_adjusted_for(connection) -> None:
    """Route does nothing, and a crude ratio says it doubles the reports."""
    invent_cases(connection, ratio=1.0)
    row = read_rows(connection)["hallucination", "indication", "all"]
    assert row["lower"] < 1 < row["upper"] and row["reason_code"] is None and row["e_value_of_bound"] == 1
    counts = [
        row[f"{side}_{what}_count"]
        for side in ("intravenous", "not_intravenous")
        for what in ("with_outcome", "case")
    ]
    a, n, c, m = counts
    assert a * (m - c) / (c * (n - a)) > 1.5
    assert row["negative_control_count"] == CONTROLS and not row["is_residual_confounding"]
    assert all(row[name] is None for name in CALIBRATED) and row["warning_text"] == WARNING


@pytest.mark.proof
def test_planted_effect_of_route_is_found(connection) -> None:
    invent_cases(connection, ratio=3.0)
    rows = read_rows(connection)
    for model in ("indication", "comedication"):
        row = rows["hallucination", model, "all"]
        assert row["lower"] < 3 < row["upper"] and row["lower"] > 1.5
        assert row["e_value"] > row["e_value_of_bound"] > 1


@pytest.mark.proof
def test_hidden_confounding_is_seen_in_negative_controls_and_calibrated(connection) -> None:
    invent_cases(connection, ratio=1.0, hidden=0.8)
    row = read_rows(connection)["hallucination", "comedication", "all"]
    assert row["lower"] > 1 and row["is_residual_confounding"] and row["negative_control_excluding_share"] > 0.5
    assert row["calibrated_lower"] < 1 < row["calibrated_upper"]


@pytest.mark.proof
def test_indication_of_one_route_leaves_the_model_of_patients(connection) -> None:
    invent_cases(connection, ratio=2.0, cases=600)
    connection.execute(
        "update intermediate.route_contrast_case set is_intravenous = indication_group <> 'chronic_pain'"
    )
    rows = read_rows(connection)
    assert rows["hallucination", "indication", "all"]["reason_code"] == "indication_of_one_route"
    assert rows["hallucination", "patient", "all"]["estimate"] is not None


@pytest.mark.proof
def test_complete_cases_leave_out_what_is_not_stated(connection) -> None:
    invent_cases(connection, ratio=2.0, cases=900)
    connection.execute("update intermediate.route_contrast_case set sex = 'not stated' where case_id::int % 4 = 0")
    rows = read_rows(connection)
    every, complete = (rows["hallucination", "patient", choice] for choice in ("all", "complete"))
    assert every["intravenous_case_count"] + every["not_intravenous_case_count"] == 900
    assert complete["intravenous_case_count"] + complete["not_intravenous_case_count"] == 675


def test_lists_hold_at_least_fifteen_negative_controls_and_both_positive_ones() -> None:
    with duckdb.connect() as session:
        counts = session.execute(
            f"select expected, count(distinct control) from '{SQL}/codes/reports/route_control.csv' "
            "group by 1 order by 1"
        ).fetchall()
    assert counts[0][1] >= 15 and counts[1] == ("positive", 2)
