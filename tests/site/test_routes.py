"""Intravenous against other routes: what the page shows of each step is what the snapshot holds."""

import pytest

from pipeline.site.numbers import show_interval
from pipeline.site.route_answers import STEPS
from tests.site.conftest import Site

PARTS = {
    "reports_crude": "summary.route_contrast where evidence = 'reports' and definition = 'narrow' "
    "and stratum = 'all' and reaction = '{}'",
    "reports_stratified": "summary.route_contrast where evidence = 'reports' and definition = 'narrow' "
    "and stratum != 'all' and reaction = '{}'",
    **{
        f"reports_adjusted_{model}": f"summary.route_contrast_adjusted where model = '{model}' "
        "and case_choice = 'all' and outcome_kind = 'reaction' and outcome = '{}'"
        for model in ("patient", "indication", "comedication")
    },
}


@pytest.mark.parametrize("reaction", ["hallucination", "nausea"])
def test_each_step_shows_the_estimate_of_its_table(site: Site, reaction: str) -> None:
    heading, *rows = site.pages["routes.html"].tables["steps-faers-ketamine"]
    at = {text: position for position, (text, _) in enumerate(heading)}
    shown = {row[at["Step"]][0]: row for row in rows if row[0][0] == reaction.capitalize()}
    assert set(shown) == {STEPS[part] for part in PARTS}
    for part, table in PARTS.items():
        columns = "estimate, lower, upper, intravenous_case_count, not_intravenous_case_count"
        ((*estimate, one, other),) = site.ask(f"select {columns} from {table.format(reaction)} and drug = 'ketamine'")
        row = shown[STEPS[part]]
        assert row[at["ROR (95 % interval)"]][0] == show_interval(*estimate)
        assert (row[at["Why there is none"]][0] == "–") is (estimate[0] is not None)
        assert row[at["Intravenous"]][0].endswith(f" / {one}")
        assert row[at["Other known routes"]][0].endswith(f" / {other}")


def test_only_a_contrast_that_is_adjusted_is_drawn_and_answered(site: Site) -> None:
    """Hallucination is planted with intravenous ketamine; nausea has too few cases to adjust."""
    texts = " ".join(" ".join(site.pages["routes.html"].texts).split())
    labels = [found.get("aria-label") or "" for tag, found in site.pages["routes.html"].elements if tag == "svg"]
    assert "Reported more often intravenously than by other routes: hallucination (ketamine)." in texts
    assert any("of hallucination" in label for label in labels)
    assert not any("of nausea" in label for label in labels)


def test_trials_of_each_side_are_those_of_the_contrast(site: Site) -> None:
    heading, *rows = site.pages["routes.html"].tables["trials-ketamine"]
    ((*one, two, three, four, trials),) = site.ask(
        "select intravenous_estimate, intravenous_lower, intravenous_upper, not_intravenous_estimate, "
        "not_intravenous_lower, not_intravenous_upper, intravenous_trial_count from summary.route_contrast "
        "where evidence = 'trials' and drug = 'ketamine' and reaction = 'nausea' and definition = 'narrow' "
        "and population = 'chronic_pain' and comparator = 'placebo' and bound = 'lower' and measure = 'rr' "
        "and method = 'mh'"
    )
    texts = [
        [text for text, _ in row]
        for row in rows
        if [text for text, _ in row[:3]] == ["Nausea", "Chronic pain", "Placebo"]
    ]
    assert texts[0][3:7] == [str(trials), show_interval(*one), "3", show_interval(two, three, four)]
    assert [text for text, _ in heading[:3]] == ["Reaction", "People with", "Against"]


def test_drug_whose_route_defines_it_has_no_contrast(site: Site) -> None:
    texts = " ".join(" ".join(site.pages["routes.html"].texts).split())
    assert "Magnesium, supplement: a side has no case, or the route defines the drug." in texts


def test_page_and_its_link_are_absent_where_the_snapshot_has_no_contrast(site: Site) -> None:
    """An older snapshot: asked of the context, without building a site."""
    from pipeline.site.context import Context, open_context
    from pipeline.site.pages import routes

    class Older(Context):
        def has_table(self, name: str) -> bool:
            return name != "summary.route_contrast_adjusted"

    with open_context(site.snapshot) as context:
        older = Older(**{name: getattr(context, name) for name in Context.__dataclass_fields__})
        assert routes.name_links(context)
        assert routes.name_links(older) == ()
        assert list(routes.make_pages(older)) == []
