"""Studies of extraction sheets beside those of the registry: each counts once, and each arm once."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.sources.studies.revman import read_revman
from tests.sources.revman_files import INVENTED
from tests.sources.sheets import BASE, make_pair
from tests.sql.trials.study_records import estimate_table, fetch_rows, make_arm, make_group, make_study, read_cell

pytestmark = pytest.mark.slow

KEY = {"drug": "ketamine", "route": "intravenous", "population": "chronic_pain", "comparator": "placebo"}
VERIFIED_QUERIES = ("sheet_comparison_matches_its_rows", "study_counts_once", "comparison_matches_observed_cell",
                    "dose_bands_add_up", "observed_routes_within_any")  # fmt: skip


def read_people(row: dict[str, Any]) -> tuple[Any, ...]:
    names = ("participants_affected_lower", "participants_affected_upper", "participants_at_risk")
    return tuple(row[prefix + name] for prefix in ("", "comparator_") for name in names)


def assert_truths(session: Any) -> None:
    for name in VERIFIED_QUERIES:
        assert fetch_rows(session, f"select count(*) from verify.{name}") == [(0,)], name


def read_comparisons(session: Any, **key: str) -> list[tuple[Any, ...]]:
    where = " and ".join(f"{name} = '{value}'" for name, value in key.items())
    return fetch_rows(
        session,
        "select register, is_in_all, trial_id, participants_affected, participants_at_risk, "
        "comparator_participants_affected, comparator_participants_at_risk from events.trial_comparison "
        f"where bound = 'lower' and definition = 'narrow' and {where} order by register, trial_id",
    )


def make_registered(*, other: dict[str, list[int]], threshold: str = "0") -> dict[str, Any]:
    """NCT00000001: ketamine intravenously, 40 participants, against placebo, 41."""
    arms = [make_arm("Ketamine IV", "EXPERIMENTAL", "Ketamine"), make_arm("Placebo", "PLACEBO_COMPARATOR", "Placebo")]
    groups = [make_group("Ketamine IV", 40), make_group("Placebo", 41)]
    return make_study(1, arms, groups, other=other, threshold=threshold)


def test_study_of_a_sheet_is_added_to_the_trials_of_the_registry(register):
    """9 of 40 against 3 of 41 in the registry, 4 of 20 against 1 of 21 in a sheet: 13 of 60 against 4 of 62."""
    session = register(make_registered(other={"Nausea": [9, 3]}), sheets=[make_pair(4, 20, 1, 21)])
    row = read_cell(session, **KEY, reaction="nausea")
    assert (row["trial_count"], read_people(row)) == (2, (13, 13, 60, 4, 4, 62))
    assert read_comparisons(session, **KEY, reaction="nausea") == [
        ("clinicaltrials", True, "NCT00000001", 9, 40, 3, 41),
        ("studies", True, "Invented 2020", 4, 20, 1, 21),
    ]
    assert_truths(session)


@pytest.mark.parametrize(
    ("threshold", "other", "verified", "counted"),
    [
        ("0", {"Nausea": [9, 3]}, "yes", "clinicaltrials"),  # an exact count of the registry comes first
        ("5", {"Nausea": [9, 3]}, "yes", "clinicaltrials"),  # posted in both arms, above the threshold: exact
        ("5", {"Rash": [9, 3]}, "yes", "studies"),  # below the threshold the registry has a range
        ("5", {"Rash": [9, 3]}, "no", "clinicaltrials"),  # what was not verified replaces nothing
    ],
)
def test_study_in_both_registers_counts_once_for_each_reaction(threshold, other, verified, counted, register):
    """The sheet states 8 of 40 against 3 of 41 with nausea; the registry 9 against 3, exactly or as a range."""
    sheet = make_pair(8, 40, 3, 41, registry_number="NCT00000001", verified=verified)
    session = register(make_registered(other=other, threshold=threshold), sheets=[sheet])
    found = {row[0]: row[1] for row in read_comparisons(session, **KEY | {"route": "any"}, reaction="nausea")}
    assert found == {"clinicaltrials": counted == "clinicaltrials", "studies": counted == "studies"}
    assert read_cell(session, **KEY | {"route": "any"}, reaction="nausea")["trial_count"] == 1
    assert_truths(session)


def test_disagreement_of_sheet_and_registry_is_listed_for_review(register):
    sheet = make_pair(8, 40, 3, 41, registry_number="NCT00000001")
    session = register(make_registered(other={"Nausea": [9, 3]}), sheets=[sheet])
    assert fetch_rows(
        session, "select register, is_disputed, sheet_affected, registry_lower from intermediate.study_register"
    ) == [("clinicaltrials", True, 11, 12)]
    queue = Path(__file__).resolve().parents[3] / "sql" / "review_queue.studies.sql"
    ((text, drug),) = fetch_rows(session, f"select name_text, resembles from ({queue.read_text()})")
    assert drug == "ketamine"
    assert text.startswith("NCT00000001, nausea: registry 12 of 81, sheet 11 of 81 (ketamine 8/40, placebo 3/41)")


def test_arm_that_was_not_verified_counts_by_any_route_only(register):
    session = register(sheets=[make_pair(4, 20, 1, 21, verified="no")])
    assert read_cell(session, **KEY | {"route": "any"}, reaction="nausea")["trial_count"] == 1
    routes = fetch_rows(session, "select distinct route from summary.observed_by_drug_route")
    assert routes == [("any",)]
    assert_truths(session)


def test_not_reported_is_no_zero(register):
    rows = make_pair("not reported", 20, 1, 21)
    session = register(sheets=[rows])
    assert read_comparisons(session, reaction="nausea") == []
    assert fetch_rows(session, "select count(*) from clean.study_count where participants_affected is null") == [(1,)]


def test_shared_control_of_two_doses_counts_once(register):
    """Two doses against one placebo: 4 of 20 and 6 of 22 against 1 of 21 are 10 of 42 against 1 of 21."""
    first, placebo = make_pair(4, 20, 1, 21)
    second = first | {"arm": "ketamine, high dose", "events": 6, "participants_analysed": 22}
    session = register(sheets=[[first, second, placebo]])
    assert [row[3:] for row in read_comparisons(session, **KEY, reaction="nausea")] == [(10, 42, 1, 21)]
    assert_truths(session)


def test_arm_with_two_comparators_is_in_a_cell_of_each(register):
    treated, placebo = make_pair(4, 20, 1, 21)
    treated |= {"comparator_arm": "placebo; morphine", "comparator": "placebo; active", "review_group": ""}
    morphine = placebo | {"arm": "morphine", "events": 7, "participants_analysed": 19}
    session = register(sheets=[[treated, placebo, morphine]])
    key = KEY | {"reaction": "nausea"}
    assert [row[3:] for row in read_comparisons(session, **key)] == [(4, 20, 1, 21)]
    assert [row[3:] for row in read_comparisons(session, **key | {"comparator": "active"})] == [(4, 20, 7, 19)]
    assert_truths(session)


def test_esketamine_against_ketamine_is_no_comparison_of_ketamine_any(register):
    treated, other = make_pair(4, 20, 1, 21)
    treated |= {"drug": "esketamine", "arm": "esketamine", "comparator_arm": "ketamine", "comparator": "active"}
    other |= {"arm": "ketamine", "drug": "ketamine", "route": "intravenous"}
    session = register(sheets=[[treated, other]])
    assert [row[3:] for row in read_comparisons(session, drug="esketamine", route="any")] == [(4, 20, 1, 21)]
    assert read_comparisons(session, drug="ketamine_any") == []
    assert (
        read_cell(session, **KEY | {"drug": "ketamine_any", "comparator": "none"}, reaction="nausea")["arm_count"]
        == 2
    )


def test_stratum_randomised_apart_is_a_trial(register):
    rows = make_pair(4, 20, 1, 21, stratum="men") + make_pair(5, 22, 2, 23, stratum="women")
    session = register(sheets=[rows])
    assert [row[2:] for row in read_comparisons(session, **KEY, reaction="nausea")] == [
        ("Invented 2020, men", 4, 20, 1, 21),
        ("Invented 2020, women", 5, 22, 2, 23),
    ]


def test_only_the_first_period_of_a_crossover_has_other_people_in_each_arm(register):
    periods = {"first": False, "all": True, "not stated": True}
    rows = [
        row
        for period in periods
        for row in make_pair(4, 20, 1, 20, study=f"Invented {period} 2020", design="crossover", period_used=period)
    ]
    found = fetch_rows(register(sheets=[rows]), "select distinct trial_id, is_crossover from events.trial_comparison")
    assert dict(found) == {f"Invented {period} 2020": is_crossover for period, is_crossover in periods.items()}


def test_union_of_two_reactions_is_bounded_by_both(register):
    """Nausea 4 and vomiting 3 of 20: nausea or vomiting is between 4 and 7; of the placebo between 1 and 1."""
    rows = make_pair(4, 20, 1, 21) + make_pair(3, 20, 0, 21, outcome="vomiting")
    row = read_cell(register(sheets=[rows]), **KEY, reaction="nausea_or_vomiting")
    assert read_people(row) == (4, 7, 20, 1, 1, 21)
    assert read_cell(register(sheets=[rows[:2]]), **KEY, reaction="nausea_or_vomiting") == {}, "one part is no union"


def test_risk_of_bias_needs_every_domain(register):
    judged = {
        "low": ["low"] * 5,
        "some concerns": ["low"] * 4 + ["some concerns"],
        "high": ["high"] + ["some concerns"] * 4,
        "not_assessed": ["low"] + [""] * 4,
    }
    domains = [name for name in BASE if name.startswith("bias_")]
    rows = [
        row
        for risk, levels in judged.items()
        for row in make_pair(4, 20, 1, 21, study=f"{risk} 2020", **dict(zip(domains, levels, strict=True)))
    ]
    found = fetch_rows(register(sheets=[rows]), "select distinct trial_id, risk_of_bias from events.trial_comparison")
    assert dict(found) == {f"{risk} 2020": risk for risk in judged}


def test_later_sheet_replaces_the_same_study_and_the_sheet_of_its_name(register):
    """The second sheet of one name no longer holds study B; a third sheet corrects study A."""
    a, b = (make_pair(4, 20, 1, 21, study=f"Invented {name} 2020", member="review.csv") for name in "AB")
    corrected = make_pair(5, 20, 1, 21, study="Invented A 2020")
    session = register(sheets=[a + b, a])
    assert [row[2:4] for row in read_comparisons(session, **KEY)] == [("Invented A 2020", 4)]
    session = register(sheets=[a + b, corrected])
    assert [row[2:4] for row in read_comparisons(session, **KEY)] == [("Invented A 2020", 5), ("Invented B 2020", 4)]


def test_revman_file_counts_what_its_labels_state_whole(register, tmp_path):
    """Nausea of two studies, by any route: 9 of 40 and 4 of 20 against 3 of 41 and 1 of 21; not pain relief."""
    path = tmp_path / "review.rm5"
    path.write_text(INVENTED)
    rows = [row.values | {"sheet_kind": "revman"} for row in read_revman(path)]
    session = register(sheets=[rows])
    key = {"drug": "ketamine", "route": "any", "reaction": "nausea", "population": "unknown"}
    row = read_cell(session, **key, comparator="placebo")
    assert (row["trial_count"], read_people(row)) == (2, (13, 13, 60, 4, 4, 62))
    assert read_people(read_cell(session, **key, comparator="active_placebo")) == (9, 9, 40, 5, 5, 39)
    assert fetch_rows(session, "select distinct reaction from events.observed") == [("nausea",)]
    assert_truths(session)


ESKETAMINE = {
    "Takahashi 2021": ("takahashi2021_NCT02918318_table4.csv", ("esk28", "esk56", "esk84")),
    "Chen 2023": ("chen2023_NCT03434041_table4.csv", ("esk",)),
}
TERMS = {"Dissociation": "dissociation", "Nausea": "nausea", "Vomiting": "vomiting", "Dizziness": "dizziness"}


def read_esketamine_trials(folder: Path) -> Iterator[dict[str, Any]]:
    for study, (name, arms) in ESKETAMINE.items():
        with (folder / name).open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row["outcome"] in TERMS:
                    shared = {"study": study, "year": study[-4:], "registry_number": row["nct"],
                              "population": "depression", "outcome": TERMS[row["outcome"]]}  # fmt: skip
                    for arm in (*arms, "placebo"):
                        counts = {"arm": arm, "events": row[f"{arm}_n"], "participants_analysed": row[f"{arm}_N"]}
                        drug = {"drug": "esketamine", "route": "intranasal", "comparator_arm": "placebo",
                                "comparator": "placebo"} if arm != "placebo" else {"drug": "none"}  # fmt: skip
                        yield BASE | shared | counts | drug


def test_two_esketamine_trials_pool_with_the_shared_control_once(shared, register):
    """Three doses against one placebo arm, and one dose: the ratio by the textbook formula of Mantel-Haenszel."""
    session = register(sheets=[list(read_esketamine_trials(shared / "data" / "esketamine_trials"))])
    key = {"drug": "esketamine", "route": "intranasal", "comparator": "placebo", "reaction": "dissociation"}
    assert [row[2:] for row in read_comparisons(session, **key)] == [
        ("NCT02918318", 46, 122, 7, 80),
        ("NCT03434041", 75, 126, 8, 126),
    ]
    affected, total = np.array([46, 75]), np.array([122, 126])
    other, other_total = np.array([7, 8]), np.array([80, 126])
    everybody = total + other_total
    expected = (affected * other_total / everybody).sum() / (other * total / everybody).sum()
    estimate_table(session, "trial_effect")
    where = " and ".join(f"{name} = '{value}'" for name, value in key.items())
    found = fetch_rows(
        session,
        "select estimate, participants_at_risk, comparator_participants_at_risk from summary.trial_effect "
        f"where {where} and measure = 'rr' and method = 'mh' and bound = 'lower' and definition = 'narrow' limit 1",
    )
    assert found == [(pytest.approx(expected, rel=1e-12), 248, 206)]
    assert_truths(session)
