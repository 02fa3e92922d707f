"""What the cases of a drug state, on its page: each count is that of its table."""

import pytest

from pipeline.site.numbers import show_count, show_percent
from tests.site.conftest import Site

pytestmark = pytest.mark.slow

CELL = "source = 'faers' and drug = 'ketamine' and route = 'any' and reaction = '{}' and definition = 'narrow'"


def read_table(site: Site, key: str) -> tuple[dict[str, int], dict[str, list[str]]]:
    """Places of the headings, and the texts of each row by its first cell."""
    heading, *rows = site.pages["drug-ketamine.html"].tables[key]
    places = {text: place for place, (text, _) in enumerate(heading)}
    return places, {row[0][0]: [text for text, _ in row] for row in rows}


@pytest.mark.parametrize("reaction", ["hallucination", "nausea"])
def test_indications_are_those_of_the_table_and_chronic_pain_stands_apart(site: Site, reaction: str) -> None:
    at, rows = read_table(site, "indications-faers")
    found = dict(
        site.ask(
            "select population, case_count from summary.reported_by_indication "
            f"where {CELL.format(reaction)} and label_status = 'any'"
        )
    )
    place = at[reaction.capitalize()]
    assert rows["All cases"][place] == show_count(found["any"])
    assert rows["Chronic pain"][place] == show_count(found["chronic_pain"])
    assert rows["of it: neuropathic pain"][place] == show_count(found["neuropathic_pain"])
    assert rows["Not given"][place] == show_count(found.get("unknown", 0))
    assert list(rows)[:2] == ["All cases", "Chronic pain"]
    assert list(rows)[-1] == "Not given"


def test_bands_of_dose_are_those_of_the_table_and_the_unknown_share_is_said(site: Site) -> None:
    at, rows = read_table(site, "doses-faers")
    found = site.ask(
        "select dose_band, case_count, drug_route_band_case_count from summary.reported_by_dose_band "
        f"where {CELL.format('hallucination')}"
    )
    words = {"unknown": "Not given", "not coded": "A dose without a band", "several": "Doses of several bands"}
    shown = {name: (row[at["Hallucination"]], row[at["Cases of the drug"]]) for name, row in rows.items()}
    for band, count, total in found:
        name = words.get(str(band), str(band)[:1].upper() + str(band)[1:])
        assert shown[name] == (show_count(count), show_count(total))
    unknown = sum(int(str(row[2])) for row in found if row[0] == "unknown")
    total = sum(int(str(row[2])) for row in found)
    assert any(
        f"In {show_percent(unknown / total)} of the cases no usable dose is given." in text
        for text in site.pages["drug-ketamine.html"].texts
    )


@pytest.mark.parametrize(("key", "column"), [("age-band-faers", "age_band"), ("sex-faers", "sex")])
def test_patients_are_the_cases_of_the_cell_and_of_the_drug(site: Site, key: str, column: str) -> None:
    """Counted anew from the cases, not from the summary that the page reads."""
    at, rows = read_table(site, key)
    found = site.ask(
        f"select coalesce(nullif(cases.{column}, 'unknown'), 'not stated') as category, "
        "count(distinct exposed.case_id), count(distinct reported.case_id) "
        "from events.exposed_case as exposed inner join events.case as cases using (source, case_id) "
        "left join (select source, case_id from events.reported where drug = 'ketamine' and route = 'any' "
        "and reaction = 'hallucination' and definition = 'narrow') as reported using (source, case_id) "
        "where exposed.drug = 'ketamine' and exposed.route = 'any' group by category"
    )
    assert len(rows) == len(found)
    for category, total, count in found:
        name = "Not given" if category == "not stated" else str(category).capitalize()
        assert rows[name][at["Cases of the drug"]] == show_count(total)
        assert rows[name][at["Hallucination"]] == show_count(count)
    assert list(rows)[-1] == "Not given"


def test_time_to_onset_says_how_many_are_dated_and_the_share_of_the_first_day(site: Site) -> None:
    at, rows = read_table(site, "onset-faers")
    ((count, dated, share, lower, median, upper, returned),) = site.ask(
        "select case_count, dated_case_count, day_0_share, lower_quartile_days, median_days, upper_quartile_days, "
        f"rechallenge_positive_case_count from summary.time_to_onset where {CELL.format('hallucination')}"
    )
    row = rows["Hallucination"]
    assert row[at["With both dates"]] == f"{dated} of {count}"
    assert row[at["On the first day"]] == show_percent(share)
    assert row[at["Median days (quartiles)"]] == f"{median:g} ({lower:g} to {upper:g})"
    assert row[at["Returned when resumed"]].split(" / ")[0] == str(returned)


def test_labels_name_what_was_read_and_say_where_nothing_was(site: Site) -> None:
    at, rows = read_table(site, "labels")
    found = dict(site.ask("select reaction, label from summary.reaction_label_status where drug = 'ketamine'"))
    assert {name for name, row in rows.items() if row[at["In a label"]] == "yes"} == {"Hallucination", "Nausea"}
    assert rows["Hallucination"][at["Label"]] == found["hallucination"]


def test_quarters_count_the_cases_of_their_table_and_add_up(site: Site) -> None:
    heading, *rows = site.pages["drug-ketamine.html"].tables["quarters-faers-hallucination"]
    at = {text: place for place, (text, _) in enumerate(heading)}
    found = dict(
        site.ask(
            "select quarter, case_count from summary.reported_by_drug_route_quarter "
            f"where {CELL.format('hallucination')} and quarter != 'not stated'"
        )
    )
    received = [row for row in rows if row[at["Received"]][0] == "yes"]
    shown = {row[0][0].replace(" ", ""): int(row[at["Cases"]][0]) for row in received}
    assert {quarter: count for quarter, count in shown.items() if count} == {
        str(quarter): count for quarter, count in found.items() if count
    }
    sums = [sum(list(shown.values())[: place + 1]) for place in range(len(shown))]
    assert [int(row[at["Cases so far"]][0]) for row in received] == sums
