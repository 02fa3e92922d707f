"""Dichotomous outcomes of RevMan 5 files as rows: two groups a line, an arm once, errors by their place."""

from collections import Counter
from pathlib import Path

import pytest

from pipeline.errors import DeliveryRefused
from pipeline.sources.studies.revman import read_revman
from tests.sources.revman_files import DATA, INVENTED, write_outcome, write_review


def test_real_file_has_the_totals_that_it_states(shared: Path) -> None:
    """Fleiss 1993, aspirin after infarction: the file's own sums are 2128 of 14186 and 2286 of 13817."""
    rows = read_revman(shared / "data" / "metaanalysis_mh" / "Fleiss1993.rm5")
    affected, analysed = Counter[str](), Counter[str]()
    for row in rows:
        affected[row.values["arm"]] += int(row.values["events"])
        analysed[row.values["arm"]] += int(row.values["participants_analysed"])
    assert (dict(affected), dict(analysed)) == (
        {"Aspirin": 2128, "Control": 2286},
        {"Aspirin": 14186, "Control": 13817},
    )
    assert len({row.values["study"] for row in rows}) == 7


def test_arm_of_two_comparisons_is_listed_once_with_both_comparators(tmp_path: Path) -> None:
    path = tmp_path / "review.rm5"
    path.write_text(INVENTED)
    rows = [row.values for row in read_revman(path)]
    nausea = {(row["study"], row["arm"]): row for row in rows if row["outcome"] == "Nausea"}
    assert sorted(nausea) == [
        ("Alpha 2019", "Ketamine"), ("Alpha 2019", "Midazolam"), ("Alpha 2019", "Placebo"),
        ("Beta 2019", "Ketamine"), ("Beta 2019", "Placebo"),
    ]  # fmt: skip
    shared_arm = nausea["Alpha 2019", "Ketamine"]
    assert (shared_arm["comparator_arm"], shared_arm["review_group"]) == ("Placebo; Midazolam", "1; 2")
    assert {row["verified"] for row in rows} == {"no"}
    assert {row["stratum"] for row in rows} == {""}, "a subgroup is no stratum unless one study is in several"


def test_study_in_two_subgroups_has_a_stratum_for_each(tmp_path: Path) -> None:
    lines = "".join(
        f"<DICH_SUBGROUP><NAME>{name}</NAME>{DATA.format('STD-Alpha', affected, 20, 1, 20)}</DICH_SUBGROUP>"
        for name, affected in (("Men", 2), ("Women", 3))
    )
    path = tmp_path / "review.rm5"
    path.write_text(write_review(write_outcome(1, "Nausea", ("Ketamine", "Placebo"), lines)))
    found = {
        row.values["stratum"]: row.values["events"] for row in read_revman(path) if row.values["arm"] != "Placebo"
    }
    assert found == {"Men": "2", "Women": "3"}


def test_one_label_with_other_counts_is_another_arm(tmp_path: Path) -> None:
    """The label 'Placebo' of two comparisons may be two arms of a study: their counts say so."""
    path = tmp_path / "review.rm5"
    path.write_text(
        write_review(
            *(
                write_outcome(1, "Nausea", (drug, "Placebo"), DATA.format("STD-Alpha", 5, 20, affected, 20))
                for drug, affected in (("Ketamine", 1), ("Memantine", 2))
            )
        )
    )
    assert sorted({row.values["arm"] for row in read_revman(path)}) == [
        "Ketamine", "Memantine", "Placebo", "Placebo (comparison 2.1)",
    ]  # fmt: skip


def test_every_error_is_named_with_its_place(tmp_path: Path) -> None:
    lines = "".join(
        DATA.format(*line)
        for line in (("STD-Alpha", 41, 40, 1, 40), ("STD-Alpha", "2.5", 40, 1, 0), ("STD-Gamma", 1, 2, 1, 2))
    )
    path = tmp_path / "review.rm5"
    path.write_text(write_review(write_outcome(3, "Nausea", ("Ketamine", "Placebo"), lines)))
    with pytest.raises(DeliveryRefused) as refused:
        read_revman(path)
    assert refused.value.what.startswith("4 errors: comparison 1.3, study 'STD-Alpha': EVENTS_1 is 41 and TOTAL_1 40")
    assert "EVENTS_1 is '2.5'" in refused.value.what and "TOTAL_2 0" in refused.value.what
    assert "study 'STD-Gamma': expected: the ID of a study" in refused.value.what
