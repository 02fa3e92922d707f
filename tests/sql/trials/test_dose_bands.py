"""The dose of an arm where its words are unambiguous, and the counts of trials by dose band."""

import pytest

from pipeline.models import find_model_files
from tests.sql.trials.study_records import SQL, fetch_rows, make_arm, make_group, make_study
from tests.sql.trials.test_cells import PLACEBO, read_people

pytestmark = pytest.mark.slow

KEY = {"drug": "ketamine", "route": "intravenous", "reaction": "nausea", "definition": "narrow"}


def read_dose_band(register, title, drug="Ketamine", text="", **more):
    """The dose band, its basis, value and unit of the only arm of a trial with this title."""
    record = make_study(
        1, [make_arm(title, "EXPERIMENTAL", drug, text=text)], [make_group(title, 20)], other={"Nausea": [3]}, **more
    )
    found = fetch_rows(
        register(record), "select dose_band, dose_basis, dose_value, dose_unit from intermediate.observed_arm_dose"
    )
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("title", "drug", "band", "dose"),
    [
        ("Ketamine IV 0.1 mg/kg", "Ketamine", "intravenous <0.15 mg/kg", (0.1, "mg/kg")),
        ("Ketamine IV 150 mcg/kg", "Ketamine", "intravenous 0.15 to <0.35 mg/kg", (0.15, "mg/kg")),
        ("Ketamine IV .5 mg/kg", "Ketamine", "intravenous 0.35 to <0.75 mg/kg", (0.5, "mg/kg")),
        ("Ketamine IV 0,5 mg/kg", "Ketamine", "intravenous 0.35 to <0.75 mg/kg", (0.5, "mg/kg")),
        ("Ketamine IV 1 mg per kg", "Ketamine", "intravenous 1 mg/kg or more", (1, "mg/kg")),
        ("Ketamine IV 5 mcg/kg/min", "Ketamine", "intravenous 0.3 to <0.5 mg/kg/h", (0.3, "mg/kg/h")),
        ("Ketamine IV 1 mg/kg/h", "Ketamine", "intravenous 0.5 to 1 mg/kg/h", (1, "mg/kg/h")),
        ("Ketamine IV 80 mg", "Ketamine", "intravenous 80 to <200 mg", (80, "mg")),
        ("Intranasal esketamine 56 mg", "Esketamine", "intranasal >28 to 56 mg", (56, "mg")),
        ("Oral memantine 10 mg twice daily", "Memantine", "oral >10 to 20 mg daily", (20, "mg daily")),
        ("Oral memantine 10 mg/day", "Memantine", "oral up to 10 mg daily", (10, "mg daily")),
        ("Oral memantine 20 mg/day (10 mg b.i.d.)", "Memantine", "oral >10 to 20 mg daily", (20, "mg daily")),
        ("Magnesium sulfate IV 4 g", "Magnesium sulfate", "intravenous 2 to 4 g", (4000, "mg")),
        ("Magnesium sulfate IV 4,500 mg", "Magnesium sulfate", "intravenous >4 g", (4500, "mg")),
    ],
)
def test_stated_dose_has_a_band(register, title, drug, band, dose):
    """Spellings of numbers, units by weight, by time and by day; the limit of a band belongs to one band."""
    assert read_dose_band(register, title, drug) == (band, "stated", *dose)


@pytest.mark.parametrize(
    ("title", "drug", "basis"),
    [
        ("Ketamine IV", "Ketamine", "no amount"),
        ("Ketamine IV 0.1-0.5 mg/kg", "Ketamine", "range or titration"),
        ("Ketamine IV 0.1 to 0.5 mg/kg", "Ketamine", "range or titration"),
        ("Ketamine IV titrated, 0.5 mg/kg", "Ketamine", "range or titration"),
        ("Oral memantine up to 20 mg/day", "Memantine", "range or titration"),
        ("Intranasal esketamine 56 mg or 84 mg", "Esketamine", "several amounts"),
        ("Ketamine IV 0.5 mg/kg, 0.25 mg/kg/h", "Ketamine", "several amounts"),
        ("Ketamine IV 50 mg/ml", "Ketamine", "no amount"),
        ("Ketamine IV, study 20000000 g", "Ketamine", "no amount"),
        ("Oral memantine 20 mg tablet", "Memantine", "another unit"),
        ("Ketamine 0.5 mg/kg", "Ketamine", "route unknown"),
        ("Ketamine 0.5 mg/kg IV then oral", "Ketamine", "several routes"),
    ],
)
def test_ambiguous_dose_is_unknown(register, title, drug, basis):
    """A range, a titration, two amounts, a strength, a tablet without a frequency, a route in doubt."""
    assert read_dose_band(register, title, drug) == ("unknown", basis, None, None)


def test_dose_outside_every_band_is_not_coded(register):
    """No bands are defined for subcutaneous ketamine: the amount is stated and has no band."""
    assert read_dose_band(register, "Subcutaneous ketamine 0.5 mg/kg")[:2] == ("not coded", "no band")


def test_two_dose_bands_share_one_placebo_group(register):
    """0.1 and 0.5 mg/kg in different participants, one placebo group: it is in both rows, so rows do not sum."""
    arms = [make_arm(f"Ketamine IV {dose} mg/kg", "EXPERIMENTAL", "Ketamine") for dose in ("0.1", "0.5")]
    groups = [
        make_group("Ketamine IV 0.1 mg/kg", 20),
        make_group("Ketamine IV 0.5 mg/kg", 21),
        make_group("Placebo", 22),
    ]
    session = register(make_study(1, [*arms, PLACEBO], groups, other={"Nausea": [5, 9, 1]}))
    found = {
        band: read_cell(session, dose_band=band)
        for band in ("intravenous <0.15 mg/kg", "intravenous 0.35 to <0.75 mg/kg")
    }
    assert [read_people(row) for row in found.values()] == [(5, 5, 20), (9, 9, 21)]
    assert {read_people(row, "comparator_") for row in found.values()} == {(1, 1, 22)}
    assert {(row["arm_count"], row["cell_arm_count"], row["dose_unknown_share"]) for row in found.values()} == {
        (1, 2, 0)
    }


def test_each_band_shows_the_share_without_a_dose(register):
    """Two trials: one states its dose, one does not."""
    records = [
        make_study(
            number,
            [make_arm(title, "EXPERIMENTAL", "Ketamine"), PLACEBO],
            [make_group(title, 20), make_group("Placebo", 22)],
            other={"Nausea": [5, 1]},
        )
        for number, title in enumerate(("Ketamine IV 0.5 mg/kg", "Ketamine IV"), start=1)
    ]
    session = register(*records)
    for band in ("intravenous 0.35 to <0.75 mg/kg", "unknown"):
        row = read_cell(session, dose_band=band)
        assert (row["trial_count"], row["dose_unknown_arm_count"], row["dose_unknown_share"]) == (1, 1, 0.5)


def test_same_dose_twice_in_a_crossover_counts_once(register):
    """Two arms of one dose in the same twenty participants."""
    arms = [make_arm(f"Ketamine IV 0.5 mg/kg {day}", "EXPERIMENTAL", "Ketamine") for day in ("Monday", "Friday")]
    groups = [make_group(each["label"], 20) for each in arms] + [make_group("Placebo", 20)]
    session = register(make_study(1, [*arms, PLACEBO], groups, other={"Nausea": [5, 9, 1]}, model="CROSSOVER"))
    assert read_people(read_cell(session, dose_band="intravenous 0.35 to <0.75 mg/kg")) == (9, 14, 20)


def test_ketamine_and_esketamine_doses_are_never_combined(register):
    """Their milligrams are not equivalent: the roll-up has no dose bands, and all other rows add up."""
    records = [
        make_study(
            number,
            [make_arm(title, "EXPERIMENTAL", title.split()[0])],
            [make_group(title, 20)],
            other={"Nausea": [5]},
        )
        for number, title in enumerate(("Ketamine IV 0.5 mg/kg", "Esketamine IV 0.5 mg/kg"), start=1)
    ]
    session = register(*records)
    assert fetch_rows(session, "select distinct drug from summary.observed_by_dose_band order by 1") == [
        ("esketamine",), ("ketamine",),
    ]  # fmt: skip
    text = find_model_files(SQL)["verify.dose_bands_add_up"].read_text()
    assert fetch_rows(session, text) == []
    session.execute("update summary.observed_by_dose_band set arm_count = 2 where drug = 'ketamine'")
    assert {row[0] for row in fetch_rows(session, text)} == {"ketamine"}


def test_magnesium_subclass_has_the_dose_of_its_arm(register):
    title = "Magnesium sulfate IV 3 g"
    session = register(
        make_study(
            1, [make_arm(title, "EXPERIMENTAL", "Magnesium sulfate")], [make_group(title, 20)], other={"Nausea": [5]}
        )
    )
    found = fetch_rows(session, "select distinct drug, dose_band from summary.observed_by_dose_band order by 1")
    assert found == [("magnesium", "intravenous 2 to 4 g"), ("magnesium_parenteral", "intravenous 2 to 4 g")]


def read_cell(session, **key):
    """The one row of a band."""
    key = {**KEY, **key}
    where = " and ".join(f"{name} = ?" for name in key)
    session.execute(f"select * from summary.observed_by_dose_band where {where}", list(key.values()))
    names = [column[0] for column in session.description]
    (found,) = session.fetchall()
    return dict(zip(names, found, strict=True))
