"""The page that explains how an arm is read: every step in build order, and its example as the models answer it."""

import re

import pytest

from pipeline.models import load_models
from tests.sql.trials.study_records import SQL, Register, fetch_rows, make_arm, make_group, make_study, open_register

FOLDER = SQL / "intermediate" / "trials" / "arms"
EXAMPLE = make_study(
    1,
    [
        make_arm("S-ketamine 56 mg nasal spray", "EXPERIMENTAL", "Esketamine", "Placebo tablet"),
        make_arm("Nasal and oral placebo", "PLACEBO_COMPARATOR", "Placebo spray", "Placebo tablet"),
    ],
    [
        make_group("S-ketamine 56 mg nasal spray and oral placebo", 30),
        make_group("Nasal and oral placebo", 31),
        make_group("All participants", 61),
    ],
    other={"Nausea": [9, 4, 13]},
)


@pytest.fixture(scope="module")
def example() -> Register:
    return open_register([EXAMPLE])


def test_page_lists_every_step_in_build_order() -> None:
    listed = re.findall(r"(?m)^\| `(\w+)` \|", (FOLDER / "README.md").read_text())
    built = [model.name for model in load_models(SQL) if model.path.parent == FOLDER]
    assert listed == built
    assert f"They are {len(built)} steps" in (FOLDER / "README.md").read_text()


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("select population from intermediate.trial_population", [("chronic_pain",)]),
        (
            "select arm_number, link_basis from intermediate.trial_group_arm where group_number = 1",
            [(1, "label in title")],
        ),
        ("select participants_at_risk from intermediate.trial_group_posted where arm_id = 'EG000'", [(30,)]),
        ("select arm_id, is_total from intermediate.trial_group_period", [("EG002", True)]),
        (
            "select text_source from intermediate.trial_group_text "
            "where arm_id = 'EG000' and said_text <> '' order by 1",
            [("intervention",), ("intervention",), ("label",), ("title",)],
        ),
        (
            "select segment_text, is_placebo from intermediate.trial_group_segment "
            "where arm_id = 'EG000' and text_source = 'title' order by segment_number",
            [("s-ketamine 56 mg nasal spray", False), ("oral placebo", True)],
        ),
        (
            "select drug_name, drug from intermediate.trial_group_mention where text_source = 'title'",
            [("s ketamine", "esketamine")],
        ),
        ("select treatment from intermediate.trial_group_treatment", []),
        ("select arm_id from intermediate.trial_group_sequence", []),
        ("select arm_id, drug, drug_basis from intermediate.trial_group_drug", [("EG000", "esketamine", "stated")]),
        ("select role from intermediate.trial_group_control where arm_id = 'EG000'", [("placebo",)]),
        ("select arm_id from intermediate.trial_group_later", []),
        (
            "select scope from intermediate.trial_group_scope where arm_id = 'EG000' order by 1",
            [("esketamine",), ("treated",), ("trial",)],
        ),
        ("select arm_id, scope, differing_count from intermediate.trial_group_sum", [("EG002", "trial", 0)]),
        ("select arm_id, total_basis from intermediate.trial_group_total", [("EG002", "its title")]),
        (
            "select treatments, treatments_before from intermediate.trial_group_origin where arm_id = 'EG000'",
            [(["esketamine"], ["esketamine"])],
        ),
        ("select arm_id from intermediate.trial_group_earlier", []),
        ("select arm_id from intermediate.trial_group where is_overlapping", [("EG002",)]),
        ("select arm_id from intermediate.trial_group_background", []),
        ("select role, role_basis from intermediate.trial_group_role where arm_id = 'EG000'", [("active", "stated")]),
        (
            "select segment_number, tier from intermediate.trial_group_near where text_source = 'title'",
            [(1, 1)],
        ),
        ("select route, route_basis from intermediate.trial_group_route", [("intranasal", "stated")]),
        ("select dose_text from intermediate.trial_group_dose", [("56 mg",)]),
        (
            "select distinct times_a_day, is_variable from intermediate.trial_group_dose_text",
            [(None, False)],
        ),
        ("select dose_unit, dose_value from intermediate.trial_group_amount", [("mg", 56.0)]),
        (
            "select drug, route, role, participants_at_risk from events.observed_arm "
            "where not is_overlapping order by arm_id",
            [("esketamine", "intranasal", "active", 30), (None, None, "placebo", 31)],
        ),
    ],
)
def test_example_of_the_page_agrees_with_the_models(example: Register, query: str, answer: list) -> None:
    assert fetch_rows(example, query) == answer
