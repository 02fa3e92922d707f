"""Faults planted in the SQL, one at a time: the recount catches each, so it would catch the same real mistake."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from pipeline import models
from tests.repetitions import choose_every
from tests.slow_cases import mark_later_cases_slow
from tests.sql.reports.database import SQL, load_deliveries, load_report_models, open_database
from tests.sql.reports.query_results import read_results
from tests.sql.reports.random_worlds import draw_world
from tests.sql.reports.recount import recount

pytestmark = pytest.mark.slow

MOST_WORLDS = 240
REVEALING = (221, 93)
"""Worlds that hold what few do, such as two stories that only their drugs or their terms tell apart: asked first."""


@dataclass(frozen=True)
class Fault:
    """A mistake: in the SQL of this table, `right` is replaced by `wrong`."""

    table: str
    right: str
    wrong: str


FAULTS = {
    "versions sorted as text": Fault(
        "clean.faers_version", "version_number, null) desc", "version_number::varchar, null) desc"
    ),
    "legacy versions ordered by FOLL_SEQ": Fault(
        "clean.faers_version", "if(era = 'faers', version_number, null) desc", "version_number desc"
    ),
    "legacy reports of one day ordered by quarter alone": Fault(
        "clean.faers_version", "if(era = 'laers', report_number, null) desc nulls last, period desc,", "period,"
    ),
    "a legacy report counted under two case numbers": Fault(
        "clean.faers_version", "coalesce(version.case_id <> owned_report.owner_case_id, false)", "false"
    ),
    "a legacy report given to the lower case number": Fault("clean.faers_version", "arg_max(", "arg_min("),
    "legacy era beats the modern one": Fault("clean.faers_version", "(era = 'faers') desc", "(era = 'laers') desc"),
    "deletions ignored": Fault(
        "clean.faers_version", "version.period <= deletion.deleted_through_period", "false"
    ),
    "a deleted case never returns": Fault(
        "clean.faers_version",
        "version.period <= deletion.deleted_through_period",
        "deletion.deleted_through_period is not null",
    ),
    "leading zeros kept": Fault(
        "typed.faers_case_version", "number_text(caseid) as case_id", "trim(caseid) as case_id"
    ),
    "children joined by report id alone": Fault(
        "events.exposure", "faers_case.case_id = exposure.case_id or exposure.era = 'laers'", "true"
    ),
    "concomitants counted": Fault("events.exposure", "('PS', 'SS', 'I')", "('PS', 'SS', 'I', 'C')"),
    "interacting drugs forgotten": Fault("events.exposure", "('PS', 'SS', 'I')", "('PS', 'SS')"),
    "drugs matched by a part of a word": Fault(
        "typed.faers_drug_name",
        "on ingredient.ingredient_text = coded.ingredient_text",
        "on contains(coded.ingredient_text, ingredient.ingredient_text)",
    ),
    "drugs found by a part of a word of a longer name": Fault(
        "typed.faers_drug_mention",
        "on phrase.first_word = name_word.word\n            and phrase.words = "
        "name_word.words[name_word.position:name_word.position + phrase.word_count - 1]",
        "on contains(name_word.word, phrase.first_word) and phrase.word_count = 1",
    ),
    "a shorter name preferred within a longer one": Fault(
        "typed.faers_drug_mention", "longer.word_count > found.word_count", "longer.word_count < found.word_count"
    ),
    "words that say another thing is meant ignored": Fault(
        "typed.faers_drug_mention_verdict", "context.kind = 'other_thing'", "false"
    ),
    "words that say the drug is absent ignored": Fault(
        "typed.faers_drug_mention_verdict", "context.kind = 'not_after'", "false"
    ),
    "the counter-ion of an unlisted drug counted": Fault(
        "typed.faers_drug_mention_verdict",
        "context.part_number = mention.part_number and context.is_unlisted",
        "false",
    ),
    "names within longer names not sought": Fault("typed.faers_drug_name", "verdict = 'accepted'", "false"),
    "ingredients of a brand not split": Fault(
        "typed.faers_drug_lookup",
        "unnest(string_split(coalesce(known, if(active is null, coalesce(companion, 'not coded'), base)), '\\'))",
        "coalesce(known, if(active is null, coalesce(companion, 'not coded'), base))",
    ),
    "electrolyte mixtures counted as magnesium": Fault(
        "typed.faers_exposure", "companion_effect = 'mixture'", "companion_effect = 'no such effect'"
    ),
    "routes guessed from the dose text": Fault(
        "typed.faers_exposure",
        "route_number, route, route_detail",
        "route_number, coalesce(route_in_text, route) as route, route_detail",
    ),
    "rows counted instead of cases": Fault(
        "intermediate.analysis_exposure", "select distinct analysis, source", "select analysis, source"
    ),
    "any counted once a record": Fault(
        "intermediate.analysis_exposure", "'any' as route from routed", "'any' as route from named"
    ),
    "unknown routes called not intravenous": Fault(
        "intermediate.analysis_exposure", "named_count > 0 and disqualifying_count = 0", "disqualifying_count = 0"
    ),
    "the literal other called not intravenous": Fault(
        "intermediate.analysis_exposure", "('indirect', 'literal_other')", "('indirect')"
    ),
    "broad without narrow": Fault("intermediate.reacting_case", "where definition = 'narrow'", "where false"),
    "terms counted instead of cases": Fault(
        "intermediate.reacting_case",
        "group by reaction.source, reaction.case_id, meaning.reaction, meaning.definition",
        "group by reaction.source, reaction.case_id, meaning.reaction, meaning.definition, meaning.folded",
    ),
    "any outcome read as death": Fault("events.case", "outcome_code = 'DE'", "outcome_code is not null"),
    "decades read as dozens": Fault(
        "typed.faers_case_version", "when 'DEC' then 10", "when 'DEC' then 12"
    ),
    "quarter of the last receipt": Fault(
        "clean.faers_case",
        "coalesce(\n        version.first_received_quarter,",
        "coalesce(\n        version.received_quarter,",
    ),
    "a year of receipt made a quarter": Fault(
        "clean.faers_case", "if(version.is_first_received_in_a_year, null,", "if(false, null,"
    ),
    "a dash hides the name": Fault(
        "typed.faers_drug_lookup", "if(names_something(named.active, word.absences),", "if(true,"
    ),
    "numbers compared without their sender": Fault(
        "events.duplicate_link", "hash('sender', upper(version.manufacturer_name), ", "hash('sender', "
    ),
    "placeholders read as numbers": Fault(
        "events.duplicate_link", "regexp_matches(version.manufacturer_report_number, '[1-9]')", "true"
    ),
    "two sexes under one number called one person": Fault(
        "events.duplicate_link",
        "min(sex) over (partition by mark) is not distinct from max(sex) over (partition by mark)",
        "true",
    ),
    "any age under one number called one person": Fault("events.duplicate_link", ", 0) <= 2", ", 0) <= 200"),
    "months read as days": Fault("events.duplicate_link", "version.event_date_precision = 'day' and ", ""),
    "stories compared without their drugs": Fault(
        "events.duplicate_link", "hash(term_mark, count(*), sum(hash(ingredient)))", "term_mark"
    ),
    "stories compared without their terms": Fault(
        "events.duplicate_link", "hash(person_mark, count(*), sum(hash(folded)))", "person_mark"
    ),
    "a country that no list knows called unknown": Fault(
        "events.duplicate_link", "cases.country <> 'unknown'", "cases.country not in ('unknown', 'not coded')"
    ),
    "unnamed drugs called the same": Fault(
        "events.duplicate_link", "having count(*) filter (where ingredient = 'not coded') = 0", ""
    ),
    "the first case kept, not the last": Fault(
        "events.duplicate", "order by received_date desc nulls last", "order by received_date"
    ),
    "every duplicate set aside, none kept": Fault(
        "events.duplicate", "where settled.round = 8 and settled.kept_rank <> settled.rank", "where settled.round = 8"
    ),
    "duplicates counted all the same": Fault(
        "summary.reported_by_drug_route", "count(*) filter (where duplicate.case_id is null)", "count(*)"
    ),
    "cases set aside left in the margin of the reaction": Fault(
        "intermediate.analysis_count", " - coalesce(reacting_aside.case_count, 0)", ""
    ),
    "cases set aside left in the universe": Fault(
        "intermediate.analysis_count",
        " - coalesce(aside.case_count, 0)",
        "",
    ),
    "misuse recognised by the spelling of its term": Fault(
        "intermediate.analysis_set_aside",
        "lower(report_context.preferred_term) = lower(reaction.preferred_term)",
        "upper(report_context.preferred_term) = reaction.preferred_term",
    ),
    "concomitants left out of any role": Fault("intermediate.analysis_exposure", "or role_code = 'C'", ""),
    "combinations called single ingredients": Fault(
        "intermediate.analysis_exposure",
        " and exposure.is_single_ingredient",
        "",
    ),
    "routes inferred in no analysis": Fault(
        "intermediate.analysis_exposure", "coalesce(exposure.inferred_route, 'unknown')", "'unknown'"
    ),
    "a drug that masks itself": Fault("intermediate.dominating_drug", "where own.drug is null", ""),
    "masked cases left in the universe": Fault(
        "intermediate.signal_count",
        "universe_count - list_all",
        "universe_count",
    ),
    "cases of the drug twice in a restricted comparator": Fault(
        "intermediate.signal_count",
        "drug_route_case_count + list_all - list_drug",
        "drug_route_case_count + list_all",
    ),
    "drug lines counted instead of drugs": Fault(
        "intermediate.case_stratum", "then coalesce(drug, ingredient) else", "then 'line ' || line_number else"
    ),
    "strata by age and sex alone": Fault(
        "intermediate.case_stratum",
        "age_band || ', ' || sex || ', ' || first_received_year",
        "age_band || ', ' || sex",
    ),
    "a universe that does not accumulate": Fault(
        "intermediate.received_quarter",
        "sum(count(*)) over (partition by source order by first_received_quarter)",
        "count(*)",
    ),
    "pairs of watched reactions twice": Fault(
        "intermediate.signal_pair_count",
        "2 * pair_count - sum(pair_count) over (partition by source, route, drug)",
        "pair_count",
    ),
    "serious cases of both routes on one side": Fault(
        "intermediate.route_contrast_count",
        "count(*) filter (where route = 'intravenous' and is_serious)",
        "count(*) filter (where is_serious)",
    ),
    "cases on one side counted on neither": Fault(
        "intermediate.route_contrast_count",
        "every_case.route = 'any' and side.case_id is null",
        "every_case.route = 'any'",
    ),
    "the other routes of a case on the intravenous side": Fault(
        "intermediate.route_contrast_product",
        "and (placed.side = 'not_intravenous' or named.route = 'intravenous')",
        "",
    ),
    "quarters landed without a case called missing": Fault(
        "intermediate.received_quarter", "- count(landed.place) filter (where landed.place < dated.place)", ""
    ),
    "the cumulative count as the quarter's own": Fault(
        "intermediate.signal_quarter_count",
        "coalesce(reported.case_count, 0) as quarter_with_both_count",
        "sum(coalesce(reported.case_count, 0)) over cell::bigint as quarter_with_both_count",
    ),
    "new cases that their own delivery deletes": Fault("events.new_case", " and deletion.case_id is null", ""),
    "old cases of a delivery called new": Fault(
        "events.new_case", " and version.first_received_quarter = version.period", ""
    ),
    "the first version of a delivery tested, not the last": Fault(
        "events.new_case", "version.version_number desc nulls last,", "version.version_number,"
    ),
    "unknown routes tested as not intravenous": Fault(
        "events.new_exposed_case", "named_count > 0 and disqualifying_count = 0", "disqualifying_count = 0"
    ),
    "an analysis that judges the reaction it sets aside": Fault(
        "intermediate.analysis_count", "where own_outcome.reaction is null", ""
    ),
    "an indication of another drug of the case": Fault(
        "intermediate.stated_indication", "indication.drug_sequence = line.drug_sequence", "true"
    ),
    "labels that hold before their day": Fault(
        "intermediate.stated_indication",
        "named.since::date <= coalesce(cases.first_received_date, cases.received_date)",
        "named.since is not null",
    ),
    "an unknown route called not labelled": Fault(
        "intermediate.stated_indication", "stated.route in ('unknown', 'not coded', 'other')", "false"
    ),
    "an unknown indication beside a known one": Fault(
        "events.indicated_case", "qualify population <> 'unknown'", "qualify true or population <> 'unknown'"
    ),
    "indications of every route in each": Fault(
        "events.indicated_case",
        "(stated.route = exposed.route or exposed.route in ('any', 'not_intravenous', 'unknown'))",
        "true",
    ),
    "reactions called indications in the narrow sense only": Fault(
        "intermediate.reaction_as_indication",
        "    select lower(preferred_term), reaction, 'broad' from codes.reaction where definition = 'narrow'\n",
        "    select lower(preferred_term), reaction, 'broad' from codes.reaction where false\n",
    ),
    "off-label use of one drug counted for another": Fault(
        "summary.reported_by_indication", "and coalesce(off_label.drug = reported.drug, true)", ""
    ),
    "the stratum of a concomitant drug": Fault("events.case_indication", " and suspect.is_suspect", ""),
    "a route of one ketamine without a product called so for both": Fault(
        "intermediate.route_product", "bool_and(coalesce(listed.has_product = 'no', false))",
        "bool_or(coalesce(listed.has_product = 'no', false))",
    ),
    "zero cells left out": Fault("summary.reported_by_drug_route", "left join counted", "inner join counted"),
    "a start by another route taken for that of the route": Fault(
        "intermediate.exposed_line", "(named.line_route, 'any', 'unknown')", "(exposed.route)"
    ),
    "the last start taken for the first": Fault(
        "intermediate.case_onset",
        "min(therapy.start_earliest_date) filter (where therapy.start_date_precision = 'day')",
        "max(therapy.start_earliest_date) filter (where therapy.start_date_precision = 'day')",
    ),
    "an event by month taken for its first day": Fault(
        "intermediate.case_onset", "(reported.event_date_precision is distinct from 'day')", "false"
    ),
    "an event before the start used": Fault(
        "intermediate.case_onset", "reported.event_earliest_date < started.exact_date", "false"
    ),
    "a line in doubt overlooked": Fault(
        "intermediate.case_dose", "when bool_or(line_basis = 'in_doubt') then", "when false then"
    ),
    "an amount in another unit counted as no dose": Fault(
        "intermediate.line_dose", "band is null then 'other_unit'", "band is null then 'not_stated'"
    ),
    "one dose given to both routes of its line": Fault(
        "intermediate.line_dose", "stated.route_count > 1", "false"
    ),
}  # fmt: skip


def plant_fault(fault: Fault, sound: list[Any]) -> list[Any]:
    """The models with the fault in its place; the text to replace must be present."""
    for model in sound:
        assert model.table != fault.table or fault.right in model.sql, f"{fault.table} no longer says: {fault.right}"
    return [
        replace(model, sql=model.sql.replace(fault.right, fault.wrong)) if model.table == fault.table else model
        for model in sound
    ]


def test_each_fault_replaces_a_text_that_is_there() -> None:
    """An edit of the SQL that rewords such a line must reword the fault as well."""
    sound = {model.table: model.sql for model in load_report_models() if isinstance(model, models.Model)}
    sound |= {model.table: model.sql for model in models.load_typed_models(SQL, "faers")}
    assert {name for name, fault in FAULTS.items() if fault.right not in sound[fault.table]} == set()


@pytest.mark.timeout(2400)
@pytest.mark.parametrize("name", mark_later_cases_slow(choose_every(list(FAULTS), 3)))
def test_planted_fault_is_caught_by_the_recount(name: str) -> None:
    """Within 240 worlds the recount and the faulty SQL differ."""
    counted = [model for model in load_report_models() if isinstance(model, models.Model) and model.layer != "verify"]
    # Counts and cells only; measures have tests of their own.
    relevant = [
        model
        for model in counted
        if (model.layer != "summary" or model.name.startswith("reported")) and not model.name.startswith("changed")
    ]
    relevant += [model for model in load_report_models() if model.name == "time_to_onset"]
    connection, fault = open_database(), FAULTS[name]
    ordered, typed_models = plant_fault(fault, relevant), plant_fault(fault, models.load_typed_models(SQL, "faers"))
    assert ordered != relevant or typed_models != models.load_typed_models(SQL, "faers")
    for seed in dict.fromkeys((*REVEALING, *range(MOST_WORLDS))):
        world = draw_world(seed)
        load_deliveries(connection, world, ordered=ordered, typed_models=typed_models)
        if read_results(connection) != recount(world):
            print(f"caught in world {seed}")
            return
    raise AssertionError(f"{MOST_WORLDS} worlds did not reveal this fault")
