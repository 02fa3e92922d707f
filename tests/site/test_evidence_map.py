"""The map of evidence says of each trial and outcome what the snapshot says, and links to the registry's record."""

from collections import Counter

from pipeline.site.trial_coverage import judge_counts
from tests.site.conftest import Site
from tests.site.test_trials import read_table, read_text

WORDS = {
    ("reported", True): "zero",
    ("reported", False): "reported",
    ("zero_not_solicited", False): "zero, not solicited",
    ("sought_not_reported", False): "sought, not reported",
    ("not_sought", False): "not sought",
    ("unknown", False): "unknown",
}


def test_states_are_those_of_the_database(site: Site) -> None:
    """Every registered trial of ketamine, for a reaction and for pain."""
    shown = {row["Trial"]: row for row in read_table(site, "evidence-ketamine.html", "map")}
    found = site.ask(
        "select trial_id, domain, status, basis = 'adverse_events_zero' from summary.evidence_gap "
        "where list_contains(string_split(drugs_text, '; '), 'ketamine') and domain in ('hallucination', 'pain')"
    )
    assert len(found) == 32
    assert len({status for _, _, status, _ in found}) == 5
    for trial, domain, status, is_zero in found:
        assert shown[str(trial)][str(domain).capitalize()] == WORDS[str(status), bool(is_zero)]


def test_trial_that_is_not_compared_says_why(site: Site) -> None:
    shown = {row["Trial"]: row["Compared"] for row in read_table(site, "evidence-ketamine.html", "map")}
    compared = site.ask(
        "select distinct trial_id from events.trial_comparison where drug = 'ketamine' and comparator != 'none'"
    )
    unposted = site.ask(
        "select distinct trial_id from summary.evidence_gap join events.trial_drug using (trial_id) "
        "where drug = 'ketamine' and not has_results"
    )
    assert {trial for trial, text in shown.items() if text == "compared"} == {trial for (trial,) in compared}
    assert {trial for trial, text in shown.items() if text == "no results posted"} == {trial for (trial,) in unposted}
    assert Counter(shown.values())["not compared: one arm only"] == 2
    assert "12 compared; 2 not compared: one arm only; 2 no results posted" in read_text(
        site, "evidence-ketamine.html"
    )


def test_registered_trials_link_to_the_registry(site: Site) -> None:
    links = {
        found["href"]: found.get("rel")
        for tag, found in site.pages["evidence-ketamine.html"].elements
        if tag == "a" and str(found["href"]).startswith("https://")
    }
    assert links["https://clinicaltrials.gov/study/NCT99000001"] == "noreferrer"
    assert set(links.values()) == {"noreferrer"}


def test_counts_below_a_threshold_are_unknown_and_never_zero() -> None:
    """Somebody affected; nobody, and nobody can be hidden; nobody posted, and two may be hidden."""
    assert [judge_counts(*counts) for counts in ((3, 3), (0, 0), (0, 2))] == ["reported", "zero", "unknown"]


def test_reactions_in_reports_stand_beside_the_same_reactions_in_trials(site: Site) -> None:
    shown = {row["Reaction"]: row for row in read_table(site, "drug-ketamine.html", "beside-faers")}
    found = site.ask(
        "select cell.reaction, cell.with_both_count, finding.participants_affected, finding.participants_at_risk "
        "from summary.signal as cell join summary.finding as finding using (drug, route, reaction) "
        "where drug = 'ketamine' and route = 'any' and definition = 'narrow' and analysis = 'primary' "
        "and cell.comparator = 'all_other_cases' and stratum = 'all' and population = 'chronic_pain' "
        "and finding.comparator = 'placebo' and bound = 'lower' and register = 'all'"
    )
    assert len(found) == len(shown) == 2
    for reaction, cases, affected, at_risk in found:
        row = shown[str(reaction).capitalize()]
        assert row["Cases / with the drug"].startswith(f"{cases} / ")
        assert row["Affected / at risk, drug"] == f"{affected} / {at_risk}"
    assert "only their direction can be compared" in read_text(site, "drug-ketamine.html")


def test_reaction_without_a_trial_is_said_to_be_not_measured(site: Site) -> None:
    rows = read_table(site, "drug-magnesium-oral.html", "beside-faers")
    assert rows
    assert {row["More per 1,000 (95 % interval)"] for row in rows} == {"not measured"}
