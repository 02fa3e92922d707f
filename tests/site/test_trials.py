"""Pages of trials show what the snapshot published; a trial's own effect is what is published of a single trial."""

import re

from pipeline.site.numbers import show_count, show_percent, show_ratio, show_signed
from pipeline.site.trial_cells import measure_trial, show_ratio_interval
from tests.site.conftest import Site

MAIN = "population = 'chronic_pain' and comparator = 'placebo' and bound = 'lower' and register = 'all'"
COMPARED = (
    "drug = 'ketamine' and route = 'any' and population = 'chronic_pain' and comparator = 'placebo' "
    "and reaction = 'nausea' and definition = 'narrow' and bound = 'lower' and is_in_all"
)
KETAMINE = f"drug = 'ketamine' and route = 'any' and {MAIN}"


def read_table(site: Site, page: str, table: str) -> list[dict[str, str]]:
    heading, *rows = site.pages[page].tables[table]
    names = [text for text, _ in heading]
    return [dict(zip(names, (text for text, _ in row), strict=True)) for row in rows]


def read_text(site: Site, page: str) -> str:
    return " ".join(" ".join(site.pages[page].texts).split())


def test_findings_are_those_of_the_database(site: Site) -> None:
    """Counts, differences, ratios, certainty and sentence of each outcome of ketamine against placebo."""
    shown = {row["Outcome"]: row for row in read_table(site, "trials-ketamine.html", "findings")}
    found = site.ask(
        "select reaction, trial_count, participants_affected, participants_at_risk, "
        "comparator_participants_affected, comparator_participants_at_risk, difference_per_1000, "
        "difference_per_1000_lower, difference_per_1000_upper, "
        "risk_ratio, risk_ratio_lower, risk_ratio_upper, certainty, sentence_text "
        f"from summary.finding where {KETAMINE}"
    )
    assert len(found) == len(shown) == 2
    for reaction, count, own, size, beside, beside_size, rd, low, high, rr, rr_low, rr_high, certainty, text in found:
        row = shown[str(reaction).capitalize()]
        assert row["Trials"] == str(count)
        assert row["Affected / at risk, drug"] == f"{show_count(own)} / {show_count(size)}"
        assert row["comparator"] == f"{show_count(beside)} / {show_count(beside_size)}"
        assert row["More per 1,000 (95 % interval)"] == (
            f"{show_signed(rd, 0)} ({show_signed(low, 0)} to {show_signed(high, 0)})"
        )
        ratio = f"{show_ratio(rr)} ({show_ratio(rr_low)} to {show_ratio(rr_high)})"
        assert row["Risk ratio (95 % interval)"] == (ratio if rr is not None else f"{show_ratio(rr_low)} or more")
        assert row["Certainty"] == certainty
        assert str(text) in read_text(site, "trials-ketamine.html")


def test_forest_shows_each_trial_and_the_published_pooled_effect(site: Site) -> None:
    texts = set(site.pages["trials-ketamine.html"].texts)
    trials = site.ask(
        "select trial_id, participants_affected, participants_at_risk, comparator_participants_affected, "
        f"comparator_participants_at_risk from events.trial_comparison where {COMPARED}"
    )
    assert len(trials) == 6
    for trial_id, own, size, beside, beside_size in trials:
        assert {trial_id, f"{own} / {size}", f"{beside} / {beside_size}"} <= texts
    (ratio,) = site.ask(
        f"select estimate, lower, upper from summary.trial_effect where {KETAMINE} and reaction = 'nausea' "
        "and is_headline and measure = 'rr'"
    )
    (predicted,) = site.ask(
        f"select prediction_lower, prediction_upper from summary.trial_effect where {KETAMINE} "
        "and reaction = 'nausea' and measure = 'rr' and method = 'reml' and interval = 'hk_adhoc' "
        "and analysis = 'primary' and definition = 'narrow'"
    )
    assert f"{show_ratio(ratio[0])} ({show_ratio(ratio[1])} to {show_ratio(ratio[2])})" in texts
    assert f"{show_ratio(predicted[0])} to {show_ratio(predicted[1])}" in texts


def test_weights_are_those_of_mantel_and_haenszel(site: Site) -> None:
    shown = {row["Trial"]: row["Weight"] for row in read_table(site, "trials-ketamine.html", NAUSEA)}
    found = site.ask(
        "with weighed as (select trial_id, participants_at_risk * comparator_participants_at_risk "
        "/ (participants_at_risk + comparator_participants_at_risk) as weight from events.trial_comparison "
        f"where {COMPARED}) "
        "select trial_id, weight / sum(weight) over () from weighed"
    )
    assert shown == {str(trial): show_percent(weight) for trial, weight in found}


NAUSEA = "trials-outcome-nausea"


def test_own_effect_of_a_trial_is_the_published_one_where_there_is_one_trial(site: Site) -> None:
    """The pages compute the interval of each trial; of single trials the database has it too."""
    single = site.ask(
        "select participants_affected, participants_at_risk, comparator_participants_affected, "
        "comparator_participants_at_risk, difference_per_1000, difference_per_1000_lower, difference_per_1000_upper, "
        "risk_ratio, risk_ratio_lower, risk_ratio_upper from summary.finding where trial_count = 1 "
        "and crossover_trial_count = 0 and route = 'any' and bound = 'lower' and register = 'all'"
    )
    assert len(single) >= 8
    names = ("participants_affected", "participants_at_risk")
    keys = (*names, *(f"comparator_{name}" for name in names))
    for counts in single:
        own = measure_trial(dict(zip(keys, counts[:4], strict=True)))
        assert [own["rd"], own["rd_lower"], own["rd_upper"]] == list(counts[4:7])
        if counts[7] is not None:
            assert [own["rr"], own["rr_lower"], own["rr_upper"]] == list(counts[7:])


def test_ratio_without_an_event_on_one_side_keeps_its_open_end() -> None:
    """4 of 40 against 0 of 40, 0 of 32 against 1 of 32, and nobody in either arm."""
    texts = []
    for own, size, beside in ((4, 40, 0), (0, 32, 1), (0, 45, 0)):
        trial = {
            "participants_affected": own,
            "participants_at_risk": size,
            "comparator_participants_affected": beside,
            "comparator_participants_at_risk": size,
        }
        texts.append(show_ratio_interval(measure_trial(trial)))
    assert re.fullmatch(r"1\.0\d or more", texts[0])
    assert re.fullmatch(r"0\.00 \(0\.00 to 3\.8\d\)", texts[1])
    assert texts[2] == "–"


def test_comparisons_are_named_with_the_main_one_first(site: Site) -> None:
    shown = read_table(site, "trials-ketamine.html", "comparisons")
    found = site.ask(
        "select population, comparator, count(*) filter (where trial_count = 1) from summary.finding "
        "where drug = 'ketamine' and route = 'any' and bound = 'lower' and register = 'all' group by all"
    )
    assert len(shown) == len(found) == 6
    assert [shown[0][name] for name in ("Participants", "Against", "Shown")] == [
        "People with chronic pain",
        "Placebo",
        "first, with charts",
    ]
    assert {row["Shown"] for row in shown[1:]} == {"in tables"}
    assert sorted(row["of one study, not pooled"] for row in shown) == sorted(str(row[2]) for row in found)


def test_difference_is_drawn_and_the_reason_said_where_no_ratio_can_be(site: Site) -> None:
    """Nobody given placebo hallucinated."""
    assert "Drawn as a difference. Nobody was affected in the comparator arms" in read_text(
        site, "trials-ketamine.html"
    )


def test_other_methods_and_choices_are_those_of_the_database(site: Site) -> None:
    (methods,) = site.ask(
        f"select count(*) from summary.trial_effect where {KETAMINE} and definition = 'narrow' "
        "and analysis = 'primary' and estimate is not null and reaction in ('hallucination', 'nausea')"
    )
    ways = read_table(site, "trials-ketamine.html", "ways")
    assert len([row for row in ways if row["Outcome"] in ("Hallucination", "Nausea")]) == methods[0]
