"""What dose an arm was given, where its words leave no doubt, and how trials are shown by band."""

import pytest

from pipeline.models import find_model_files
from tests.sql.trials.study_records import SQL, arm, group, rows, study
from tests.sql.trials.test_cells import PLACEBO, people

KEY = {"drug": "ketamine", "route": "intravenous", "reaction": "nausea", "definition": "narrow"}


def band_of(register, title, drug="Ketamine", text="", **more):
    """The band and its basis of a trial's only arm, titled so."""
    record = study(
        1, [arm(title, "EXPERIMENTAL", drug, text=text)], [group(title, 20)], other={"Nausea": [3]}, **more
    )
    found = rows(
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
def test_a_dose_that_is_told_has_its_band(register, title, drug, band, dose):
    """Spellings of numbers, units by weight, by time and by day; the edge of a band belongs to one band."""
    assert band_of(register, title, drug) == (band, "stated", *dose)


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
def test_a_dose_in_doubt_is_unknown(register, title, drug, basis):
    """A range, a titration, two amounts, a strength, a tablet without a frequency, a route in doubt."""
    assert band_of(register, title, drug) == ("unknown", basis, None, None)


def test_a_dose_that_no_band_covers_is_not_coded(register):
    """Nobody drew bands for subcutaneous ketamine: the amount is told, and has none."""
    assert band_of(register, "Subcutaneous ketamine 0.5 mg/kg")[:2] == ("not coded", "no band")


def test_two_doses_stand_in_two_bands_beside_the_same_placebo(register):
    """0.1 and 0.5 mg/kg in different people, one placebo group: its people stand beside both, so rows do not sum."""
    arms = [arm(f"Ketamine IV {dose} mg/kg", "EXPERIMENTAL", "Ketamine") for dose in ("0.1", "0.5")]
    groups = [group("Ketamine IV 0.1 mg/kg", 20), group("Ketamine IV 0.5 mg/kg", 21), group("Placebo", 22)]
    session = register(study(1, [*arms, PLACEBO], groups, other={"Nausea": [5, 9, 1]}))
    found = {
        band: cell(session, dose_band=band) for band in ("intravenous <0.15 mg/kg", "intravenous 0.35 to <0.75 mg/kg")
    }
    assert [people(row) for row in found.values()] == [(5, 5, 20), (9, 9, 21)]
    assert {people(row, "comparator_") for row in found.values()} == {(1, 1, 22)}
    assert {(row["arm_count"], row["cell_arm_count"], row["dose_unknown_share"]) for row in found.values()} == {
        (1, 2, 0)
    }


def test_the_share_without_a_dose_stands_beside_each_band(register):
    """Two trials: one tells its dose, one does not."""
    records = [
        study(number, [arm(title, "EXPERIMENTAL", "Ketamine"), PLACEBO], [group(title, 20), group("Placebo", 22)],
              other={"Nausea": [5, 1]})
        for number, title in enumerate(("Ketamine IV 0.5 mg/kg", "Ketamine IV"), start=1)
    ]  # fmt: skip
    session = register(*records)
    for band in ("intravenous 0.35 to <0.75 mg/kg", "unknown"):
        row = cell(session, dose_band=band)
        assert (row["trial_count"], row["dose_unknown_arm_count"], row["dose_unknown_share"]) == (1, 1, 0.5)


def test_one_dose_given_twice_to_the_people_of_a_crossover_is_not_added(register):
    """Two arms of one dose in the same twenty people."""
    arms = [arm(f"Ketamine IV 0.5 mg/kg {day}", "EXPERIMENTAL", "Ketamine") for day in ("Monday", "Friday")]
    groups = [group(each["label"], 20) for each in arms] + [group("Placebo", 20)]
    session = register(study(1, [*arms, PLACEBO], groups, other={"Nausea": [5, 9, 1]}, model="CROSSOVER"))
    assert people(cell(session, dose_band="intravenous 0.35 to <0.75 mg/kg")) == (9, 14, 20)


def test_milligrams_of_ketamine_and_esketamine_are_never_one_band(register):
    """A milligram of one is not one of the other: their roll-up has no dose bands, and all else adds up."""
    records = [
        study(number, [arm(title, "EXPERIMENTAL", title.split()[0])], [group(title, 20)], other={"Nausea": [5]})
        for number, title in enumerate(("Ketamine IV 0.5 mg/kg", "Esketamine IV 0.5 mg/kg"), start=1)
    ]
    session = register(*records)
    assert rows(session, "select distinct drug from summary.observed_by_dose_band order by 1") == [
        ("esketamine",), ("ketamine",),
    ]  # fmt: skip
    text = find_model_files(SQL)["verify.dose_bands_add_up"].read_text()
    assert rows(session, text) == []
    session.execute("update summary.observed_by_dose_band set arm_count = 2 where drug = 'ketamine'")
    assert {row[0] for row in rows(session, text)} == {"ketamine"}


def test_magnesium_subclasses_have_the_dose_of_their_magnesium(register):
    title = "Magnesium sulfate IV 3 g"
    session = register(
        study(1, [arm(title, "EXPERIMENTAL", "Magnesium sulfate")], [group(title, 20)], other={"Nausea": [5]})
    )
    found = rows(session, "select distinct drug, dose_band from summary.observed_by_dose_band order by 1")
    assert found == [("magnesium", "intravenous 2 to 4 g"), ("magnesium_parenteral", "intravenous 2 to 4 g")]


def cell(session, **key):
    """The one row of a band."""
    key = {**KEY, **key}
    where = " and ".join(f"{name} = ?" for name in key)
    session.execute(f"select * from summary.observed_by_dose_band where {where}", list(key.values()))
    names = [column[0] for column in session.description]
    (found,) = session.fetchall()
    return dict(zip(names, found, strict=True))
