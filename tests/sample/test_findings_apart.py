"""Findings of the sample world, counted again from the trials behind them in plain Python."""

from collections import defaultdict
from math import ceil
from typing import Any

import duckdb
import pytest

KEY = ("drug", "route", "reaction", "population", "comparator", "bound", "register")
TRIALS = """
    select drug, route, reaction, population, comparator, bound, register, is_in_all, participants_affected,
        participants_at_risk, comparator_participants_affected, comparator_participants_at_risk
    from events.trial_comparison
    where definition = 'narrow' and randomisation <> 'not randomised'
"""
Z = 1.959963984540054 + 0.8416212335729143


def read_trials(connection: duckdb.DuckDBPyConnection) -> dict[tuple[Any, ...], list[tuple[int, int, int, int]]]:
    """The trials of each finding: by their own register, and together where the row counts there."""
    found = defaultdict(list)
    for *key, register, is_in_all, a, n, c, m in connection.execute(TRIALS).fetchall():
        found[*key, register].append((a, n, c, m))
        if is_in_all:
            found[*key, "all"].append((a, n, c, m))
    return found


def count_again(trials: list[tuple[int, int, int, int]]) -> dict[str, float | None]:
    weights = [n * m / (n + m) for _, n, _, m in trials]
    difference = sum(w * (a / n - c / m) for w, (a, n, c, m) in zip(weights, trials, strict=True)) / sum(weights)
    # trials with nobody, or everybody, affected in both arms leave a ratio
    telling = [(w, t) for w, t in zip(weights, trials, strict=True) if t[0] + t[2] and (t[0] < t[1] or t[2] < t[3])]
    treated = sum(w * a / n for w, (a, n, _, _) in telling)
    control = sum(w * c / m for w, (_, _, c, m) in telling)
    ratio = treated / control if treated and control else None
    affected, people = sum(c for _, _, c, _ in trials), sum(m for *_, m in trials)
    baseline = affected / people
    return {
        "difference_per_1000": 1000 * difference,
        "risk_ratio": ratio,
        "baseline_per_1000": 1000 * baseline,
        "low_baseline_per_1000": min(1000 * c / m for *_, c, m in trials) if len(trials) > 2 else None,
        "high_baseline_per_1000": max(1000 * c / m for *_, c, m in trials) if len(trials) > 2 else None,
        "baseline_illustration_per_1000": 1000 * baseline * (ratio - 1)
        if ratio and ratio * baseline <= 1 + 1e-12
        else None,
        "participants_affected": sum(a for a, *_ in trials),
        "participants_at_risk": sum(n for _, n, *_ in trials),
        "comparator_participants_affected": affected,
        "comparator_participants_at_risk": people,
    }


def test_every_finding_is_what_its_trials_give(built: duckdb.DuckDBPyConnection) -> None:
    trials = read_trials(built)
    cursor = built.execute("select * from summary.finding")
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
    assert len(rows) > 1000
    assert {tuple(row[name] for name in KEY) for row in rows if row["trial_count"]} == set(trials)
    for row in rows:
        behind = trials.get(tuple(row[name] for name in KEY), [])
        assert row["trial_count"] == len(behind)
        for name, value in (count_again(behind) if behind else {}).items():
            assert row[name] == (None if value is None else pytest.approx(value, rel=1e-9, abs=1e-9)), (row, name)


def test_information_size_is_that_of_one_trial(built: duckdb.DuckDBPyConnection) -> None:
    """Contract of the project: two-sided 5 %, power 80 %, one to one, unpooled variance, over 1 - I-squared."""
    query = """
        select finding.baseline_per_1000 / 1000, finding.risk_ratio, coalesce(effect.i_squared, 0),
            finding.optimal_information_size
        from summary.finding as finding
        inner join summary.trial_effect as effect using (drug, route, reaction, population, comparator, bound,
        register) where effect.definition = 'narrow' and effect.analysis = 'primary' and effect.measure = 'rr'
            and effect.method = 'mh' and effect.interval = 'score'
    """
    sizes = 0
    for baseline, ratio, i_squared, size in built.execute(query).fetchall():
        if not baseline or ratio is None or ratio == 1 or ratio * baseline >= 1 or i_squared >= 100:
            assert size is None
            continue
        risk = ratio * baseline
        arm = Z**2 * (risk * (1 - risk) + baseline * (1 - baseline)) / (risk - baseline) ** 2
        assert size == 2 * ceil(arm / (1 - i_squared / 100))
        sizes += 1
    assert sizes > 20


def test_ketamine_and_hallucination_in_chronic_pain_have_two_headlines(built: duckdb.DuckDBPyConnection) -> None:
    """6 of 219 against 0 of 219: the difference has an estimate, the ratio a lower bound."""
    rows = built.execute(
        "select measure, estimate, lower, upper, reason_code, note_code from summary.trial_effect where is_headline "
        "and drug = 'ketamine' and route = 'any' and reaction = 'hallucination' and population = 'chronic_pain' "
        "and comparator = 'placebo' order by measure"
    ).fetchall()
    difference, ratio = rows
    assert difference[:2] == ("rd", pytest.approx(6 / 219))
    assert 0 < difference[2] < difference[3] < 1
    assert ratio[:2] == ("rr", None)
    assert ratio[2] > 1
    assert ratio[3:] == (None, "no_comparator_event", "infinite")
