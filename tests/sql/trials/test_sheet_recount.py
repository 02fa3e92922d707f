"""An independent recount of extraction sheets: random studies, added up in plain Python from the rows alone."""

import random
from collections import defaultdict
from dataclasses import replace
from typing import Any

import pytest

from pipeline.models import Model
from tests.sources.sheets import BASE
from tests.sql.trials.study_records import fetch_rows

ROUTES = ("intravenous", "oral", "intranasal", "unknown")
DRUGS = ("ketamine", "esketamine", "memantine")
KINDS = ("placebo", "active")
OUTCOMES = ("nausea", "hallucination", "any_adverse_event")
ROLLUP = {"ketamine": ("ketamine", "ketamine_any"), "esketamine": ("esketamine", "ketamine_any")}
Counts = tuple[int, int]
Key = tuple[str, ...]


def draw_sheet(seed: int, study_count: int) -> list[dict[str, Any]]:
    """Studies of one to three drug arms and one or two controls; some not verified, crossovers, or not reporting."""
    chance = random.Random(seed)
    rows = []
    for number in range(study_count):
        design = chance.choice(("parallel", "parallel", "crossover"))
        study = BASE | {
            "study": f"Invented {number}", "design": design,
            "period_used": chance.choice(("first", "all")) if design == "crossover" else "",
            "population": chance.choice(("chronic_pain", "depression")),
        }  # fmt: skip
        controls = [(f"control {place}", kind) for place, kind in enumerate(KINDS) if chance.random() < 0.7]
        for outcome in OUTCOMES:
            for name, _ in controls:
                rows.append(study | {"arm": name, "drug": "none"} | _draw_counts(chance, outcome))
        for place in range(chance.randint(1, 3)):
            given = {
                "arm": f"arm {place}", "drug": chance.choice(DRUGS), "route": chance.choice(ROUTES),
                "verified": chance.choice(("yes", "yes", "no")),
                "comparator_arm": "; ".join(name for name, _ in controls),
                "comparator": "; ".join(kind for _, kind in controls),
            }  # fmt: skip
            rows += [study | given | _draw_counts(chance, outcome) for outcome in OUTCOMES]
    return rows


def _draw_counts(chance: random.Random, outcome: str) -> dict[str, Any]:
    analysed = chance.randint(3, 60)
    affected = chance.randint(0, analysed) if chance.random() < 0.85 else "not reported"
    return {"outcome": outcome, "participants_analysed": analysed, "events": affected}


def recount(rows: list[dict[str, Any]]) -> dict[Key, tuple[int, ...]]:
    """By drug, route, outcome, comparator and study: affected and at risk of the drug's arms and of the controls."""
    counts = {(row["study"], row["arm"], row["outcome"]): row for row in rows if row["events"] != "not reported"}
    sides: dict[Key, dict[str, set[str]]] = defaultdict(lambda: {"drug": set(), "comparator": set()})
    for row in rows:
        if row["drug"] == "none" or not row["comparator_arm"]:
            continue
        routes = {"any"}
        if row["verified"] == "yes":
            routes |= {row["route"]} | ({"not_intravenous"} if row["route"] in ("oral", "intranasal") else set())
        kinds = zip(row["comparator_arm"].split("; "), row["comparator"].split("; "), strict=True)
        for control, kind in kinds:
            for drug in ROLLUP.get(row["drug"], (row["drug"],)):
                for route in routes:
                    side = sides[drug, route, row["outcome"], kind, row["study"]]
                    side["drug"].add(row["arm"])
                    side["comparator"].add(control)
    same_people = {row["study"] for row in rows if row["design"] == "crossover" and row["period_used"] != "first"}
    found = {}
    for key, side in sides.items():
        study, outcome = key[4], key[2]
        parts = []
        for name in ("drug", "comparator"):
            arms = [counts[study, arm, outcome] for arm in sorted(side[name]) if (study, arm, outcome) in counts]
            gather = max if study in same_people else sum
            parts.append(
                [gather(row[column] for row in arms) for column in ("events", "participants_analysed")]
                if arms
                else None
            )
        if parts[0] and parts[1]:
            found[key] = (*parts[0], *parts[1])
    return found


@pytest.mark.parametrize(
    ("seed", "study_count"), [(1, 40), *(pytest.param(seed, 300, marks=pytest.mark.proof) for seed in range(2, 6))]
)
def test_comparisons_of_random_sheets_are_those_of_the_recount(seed: int, study_count: int, register: Any) -> None:
    rows = draw_sheet(seed, study_count)
    compared = read_compared(register(sheets=[rows]))
    expected = recount(rows)
    assert len(expected) > study_count
    assert compared == expected


def read_compared(session: Any) -> dict[Key, tuple[int, ...]]:
    """What the SQL compares, as the recount gives it."""
    compared = fetch_rows(
        session,
        "select drug, route, reaction, comparator, regexp_replace(trial_id, ' 2020$', ''), participants_affected, "
        "participants_at_risk, comparator_participants_affected, comparator_participants_at_risk "
        "from events.trial_comparison where bound = 'lower'",
    )
    assert len({row[:5] for row in compared}) == len(compared)
    return {row[:5]: row[5:] for row in compared}


FAULTS = {
    "a shared control counts once for each arm": (
        "study_cell",
        "    union\n    select drug, route, trial_id, comparator, 'comparator'",
        "    union all\n    select drug, route, trial_id, comparator, 'comparator'",
    ),
    "a route that was not verified counts": (
        "study_drug_arm", "if(arm.is_verified, arm.route, null) as verified_route", "arm.route as verified_route",
    ),
    "an unknown route is not intravenous": (
        "study_drug_arm", "'parenteral_unspecified', 'unknown')\n", "'parenteral_unspecified')\n",
    ),
    "people of a crossover are added": (
        "observed_side", "if(study.is_crossover, max(people.participants_at_risk)",
        "if(false, max(people.participants_at_risk)",
    ),
    "a first period counts as a crossover": (
        "study", "coalesce(any_value(recorded.period_used), '') <> 'first'", "true",
    ),
    "an outcome that is not reported is a zero": (
        "study_observed", "select trial_id, arm_id, reaction, participants_affected,",
        "select trial_id, arm_id, reaction, coalesce(participants_affected, 0) as participants_affected,",
    ),
}  # fmt: skip


@pytest.mark.proof
@pytest.mark.parametrize("fault", FAULTS)
def test_fault_seeded_into_the_sql_of_sheets_is_caught(fault: str, register: Any) -> None:
    table, right, wrong = FAULTS[fault]
    rows = draw_sheet(7, 60)

    def edit(model: Model) -> Model:
        if model.name != table:
            return model
        assert model.sql.count(right) == 1, "the text to replace is there once"
        sql = model.sql.replace(right, wrong)
        if table == "study_observed":
            sql = sql.replace("reaction is not null and participants_affected is not null", "reaction is not null")
        return replace(model, sql=sql)

    assert read_compared(register(sheets=[rows], edit=edit)) != recount(rows)
