"""The statistics of reports: what is estimated, and what is left out with a reason."""

import math

import duckdb
import pytest

from pipeline.estimates import create_table
from pipeline.statistics.disproportionality import Prior, empirical_bayes, mantel_haenszel
from tests.sql.reports.conftest import Ask
from tests.sql.reports.database import Delivery
from tests.sql.reports.text_tables import make_quarter, normalise_table

pytestmark = pytest.mark.slow

PRIMARY = "analysis = 'primary' and comparator = 'all_other_cases' and definition = 'narrow'"


def make_nine_cases() -> Delivery:
    """Nine cases: ketamine intravenous (1-3), intranasal (4-5), memantine (6), others (7-9). Hallucination: 1, 2, 4,
    7."""
    people = {
        1: ("KETALAR | KETAMINE | Intravenous drip", "Hallucination", "20170105"),
        2: ("KETALAR | KETAMINE | Intravenous bolus", "Hallucination", "20170205"),
        3: ("KETALAR | KETAMINE | Intravenous bolus", "Rash", "20170405"),
        4: ("KETALAR | KETAMINE | Nasal", "Hallucination", "20170406"),
        5: ("KETALAR | KETAMINE | Nasal", "Rash", "2017"),
        6: ("NAMENDA | MEMANTINE | Oral", "Rash", "20170408"),
        7: ("ZOLPIDEM | ZOLPIDEM | Oral", "Hallucination", "20170107"),
        8: ("ZOLPIDEM | ZOLPIDEM | Oral", "Rash", "20170110"),
        9: ("DIPRIVAN | PROPOFOL | Intravenous drip", "Nausea", "20170111"),
    }
    demo = [f"{n}1 | {n} | 1 | 20170501 | {first}" for n, (_, _, first) in people.items()]
    drugs = [f"{n}1 | {n} | 1 | PS | {drug}" for n, (drug, _, _) in people.items()]
    terms = [f"{n}1 | {n} | {term}" for n, (_, term, _) in people.items()]
    return make_quarter(
        "2017Q2",
        demo="\n".join(["primaryid | caseid | caseversion | fda_dt | init_fda_dt", *demo]),
        drug="\n".join(["primaryid | caseid | drug_seq | role_cod | drugname | prod_ai | route", *drugs]),
        reac="\n".join(["primaryid | caseid | pt", *terms]),
        outc="primaryid | caseid | outc_cod\n11 | 1 | HO\n41 | 4 | HO\n51 | 5 | DE",
    )


def test_same_drug_by_another_route_is_in_the_comparator(ask: Ask) -> None:
    """Three of nine cases had intravenous ketamine; the hallucination on intranasal ketamine counts as a
    comparator."""
    query = f"""
        select with_both_count, drug_only_count, reaction_only_count, neither_count, universe_count,
            round(prr, 6), round(ror, 6), round(ic, 6), reason
        from summary.signal
        where {PRIMARY} and stratum = 'all' and drug = 'ketamine' and route = 'intravenous'
            and reaction = 'hallucination'
    """
    ic = round(math.log2(2.5 / (3 * 4 / 9 + 0.5)), 6)
    assert ask(query, make_nine_cases()) == normalise_table(
        f"2 | 1 | 2 | 4 | 9 | {(2 / 3) / (2 / 6)} | {2 * 4 / 2} | {ic} |"
    )


def test_cell_without_a_case_has_null_ratios_and_an_information_component(ask: Ask) -> None:
    """Nobody on memantine hallucinated: no ratio, no correction of a half, an information component below 0, no
    flag."""
    query = f"""
        select prr, ror, round(ic, 6), is_evans, is_eudravigilance, is_ic025, reason
        from summary.signal
        where {PRIMARY} and stratum = 'all' and drug = 'memantine' and route = 'oral' and reaction = 'hallucination'
    """
    ic = round(math.log2(0.5 / (4 / 9 + 0.5)), 6)
    assert ask(query, make_nine_cases()) == normalise_table(
        f" | | {ic} | False | False | False | no case with both: prr and ror not estimable"
    )


def test_empty_comparator_has_no_measure_and_restricted_comparator_no_ebgm(ask: Ask) -> None:
    """One case of propofol is the comparator of intravenous ketamine; nobody had another drug for dementia."""
    query = """
        select drug, comparator, universe_count, ror is null, expected_count is null, ebgm is null, reason is null,
            ebgm_reason
        from summary.signal
        where comparator <> 'all_other_cases' and reaction = 'nausea' and definition = 'narrow'
            and route in ('intravenous', 'oral')
    """
    why = "the prior was fitted against all other cases: ebgm not estimable"
    assert ask(query, make_nine_cases()) == normalise_table(f"""
        ketamine | other_anaesthetics | 4 | True | False | True | False | {why}
        memantine | anti_dementia | 1 | True | True | True | False | {why}
    """)


def make_groups(*groups: tuple[int, str, str, str]) -> Delivery:
    """Cases of 2017Q2 as groups: how many, drug name and ingredient, route, term. A case without a drug of interest
    names zolpidem."""
    people = [group for count, *group in groups for _ in range(count)]
    numbered = list(enumerate(people, start=1))
    return make_quarter(
        "2017Q2",
        demo="\n".join(
            ["primaryid | caseid | caseversion | fda_dt | init_fda_dt"]
            + [f"{n}1 | {n} | 1 | 20170501 | 20170501" for n, _ in numbered]
        ),
        drug="\n".join(
            ["primaryid | caseid | drug_seq | role_cod | drugname | prod_ai | route"]
            + [f"{n}1 | {n} | 1 | PS | {drug} | {drug} | {route}" for n, (drug, route, _) in numbered]
        ),
        reac="\n".join(["primaryid | caseid | pt", *(f"{n}1 | {n} | {term}" for n, (_, _, term) in numbered)]),
    )


def test_restricted_comparator_has_no_information_component_and_ror_judges(ask: Ask) -> None:
    """200 of 288 cases of ketamine hallucinate, 1 of 18 of propofol. IC was published as 0.08 (-0.13 to 0.29), no
    flag: it cannot pass log2(306 / 288) = 0.09. ROR 38.6 (5.1 to 295) judges (Woolf, computed by hand:
    200 x 17 / (88 x 1), standard error of its logarithm 1.037)."""
    query = """
        select round(ror, 1), round(ror_lower, 1), round(ror_upper), ic, ic_lower, is_ic025, is_eb05_2, ebgm,
            is_eudravigilance, ic_reason like '%ror judges%'
        from summary.signal
        where comparator = 'other_anaesthetics' and drug = 'ketamine' and route = 'any'
            and reaction = 'hallucination' and definition = 'narrow'
    """
    world = make_groups(
        (200, "KETAMINE", "Oral", "Hallucination"),
        (88, "KETAMINE", "Oral", "Rash"),
        (1, "PROPOFOL", "Oral", "Hallucination"),
        (17, "PROPOFOL", "Oral", "Rash"),
    )
    assert ask(query, world) == normalise_table("38.6 | 5.1 | 295.0 | | | | | | True | True")


@pytest.mark.parametrize(
    ("drug", "table"), [("ketamine", "signal where stratum = 'all' and"), ("KETAMINE", "signal_any_drug where")]
)
def test_criterion_that_cannot_be_judged_is_null(ask: Ask, drug: str, table: str) -> None:
    """Cells 5/10/0/1000: nothing could be stronger, and PRR and ROR have no estimate. is_evans and is_eudravigilance
    were published as false. IC can be estimated, and judges."""
    world = make_groups(
        (5, "KETAMINE", "Oral", "Hallucination"), (10, "KETAMINE", "Oral", "Rash"), (1000, "ZOLPIDEM", "Oral", "Rash")
    )
    of_reaction = "preferred_term" if drug.isupper() else "reaction"
    cell = (
        "ingredient = 'KETAMINE' and preferred_term = 'Hallucination'"
        if drug.isupper()
        else f"{PRIMARY} and drug = 'ketamine' and route = 'any' and reaction = 'hallucination'"
    )
    query = f"""
        select with_both_count, drug_only_count, reaction_only_count, neither_count, is_evans, is_eudravigilance,
            is_ic025, is_eb05_2, lower({of_reaction})
        from summary.{table} {cell}
    """
    assert ask(query, world) == normalise_table("5 | 10 | 0 | 1000 | | | True | | hallucination")


def test_too_few_cases_fail_a_criterion_whatever_the_measures(ask: Ask) -> None:
    """Two cases of three, none elsewhere: PRR is not estimable, yet the criteria require three and five cases."""
    world = make_groups(
        (2, "KETAMINE", "Oral", "Hallucination"), (1, "KETAMINE", "Oral", "Rash"), (9, "X", "", "Rash")
    )
    query = f"""
        select prr is null, is_evans, is_eudravigilance, is_ic025, is_eb05_2 from summary.signal
        where {PRIMARY} and stratum = 'all' and drug = 'ketamine' and route = 'any' and reaction = 'hallucination'
    """
    assert ask(query, world) == normalise_table("True | False | False | False |")


def test_reaction_that_nobody_reports_has_no_measure_and_no_verdict(ask: Ask) -> None:
    """Nobody reports paranoia: expected 0. IC was published as 0 (-10 to 2.3) and every flag as false."""
    query = f"""
        select expected_count, ic, ic_lower, ebgm, is_evans, is_eudravigilance, is_ic025, is_eb05_2, ic_reason
        from summary.signal
        where {PRIMARY} and stratum = 'all' and drug = 'ketamine' and route = 'any' and reaction = 'paranoia'
    """
    assert ask(query, make_nine_cases()) == normalise_table(
        "0.0 | | | | | | | | no case is expected: ic not estimable"
    )
    by_quarter = """
        select distinct expected_count, ic, ic_lower, reason
        from summary.signal_by_quarter
        where reaction = 'paranoia'
    """
    assert ask(by_quarter, make_nine_cases()) == normalise_table("0.0 | | | no case is expected: ic not estimable")


def test_analysis_does_not_judge_the_reaction_it_sets_aside(ask: Ask) -> None:
    """Without misuse and overdose no misuse is left: 2 cases became 0, IC 0 and flags false. Such rows are absent; of
    nausea the analysis has its row."""
    world = make_groups(
        (2, "KETAMINE", "Oral", "Drug abuse"), (3, "KETAMINE", "Oral", "Nausea"), (9, "X", "", "Rash")
    )
    query = """
        select reaction, definition, with_both_count, universe_count from summary.signal
        where analysis = 'without_misuse_or_overdose' and route = 'any' and drug = 'ketamine'
            and reaction in ('misuse_or_dependence', 'depression_or_suicidality', 'nausea')
    """
    assert ask(query, world) == normalise_table("nausea | broad | 3 | 12\nnausea | narrow | 3 | 12")


def test_cases_of_the_dominating_drug_are_removed_from_the_universe(ask: Ask) -> None:
    """Ketamine is suspected in most hallucinations: without its five cases memantine is compared with three
    others."""
    query = """
        select set_aside_text, with_both_count, drug_only_count, reaction_only_count, neither_count
        from summary.signal
        where analysis = 'without_dominating_drug' and drug = 'memantine' and route = 'any'
            and reaction = 'hallucination' and definition = 'narrow'
    """
    assert ask(query, make_nine_cases()) == normalise_table("KETAMINE | 0 | 1 | 1 | 2")


def test_strata_are_pooled_without_continuity_correction(ask: Ask) -> None:
    """Of one case the year is not stated: it is not compared with those of 2017, and no half is added to any cell."""
    query = f"""
        select stratum, stratum_count, round(ror, 6), round(ror_upper, 6), prr, fisher_p_value
        from summary.signal
        where {PRIMARY} and stratum = 'age_band, sex, year' and drug = 'ketamine' and route = 'intravenous'
            and reaction = 'hallucination'
    """
    pooled = mantel_haenszel([2, 0], [1, 0], [2, 0], [3, 1])
    assert ask(query, make_nine_cases()) == normalise_table(
        f"age_band, sex, year | 1 | 3.0 | {round(pooled.ror_upper, 6)} | |"
    )


def test_only_the_family_of_the_contract_has_adjusted_p_values_and_likelihood_ratios(ask: Ask) -> None:
    """Intranasal ketamine is not in the family but in the likelihood ratios of its route; broad reactions are in
    neither."""
    query = """
        select route, definition, fdr_adjusted_p_value is not null, log_lr is not null, lr_reason is null
        from summary.signal
        where analysis = 'primary' and comparator = 'all_other_cases' and stratum = 'all' and drug = 'ketamine'
            and reaction = 'hallucination'
    """
    assert ask(query, make_nine_cases()) == normalise_table("""
        any | broad | False | False | False
        any | narrow | True | True | True
        intranasal | broad | False | False | False
        intranasal | narrow | False | True | True
        intravenous | broad | False | False | False
        intravenous | narrow | True | True | True
        not_intravenous | broad | False | False | False
        not_intravenous | narrow | True | True | True
    """)


def test_size_of_the_family_and_levels_of_the_intervals_are_published(ask: Ask) -> None:
    """Ketamine by three routes of the family, memantine by two: 25 tests of five reactions. EB05 to EB95 holds 90 %
    of the posterior, the other intervals 95 %."""
    query = f"""
        select family_size, count(*), min(confidence_level), min(ebgm_confidence_level)
        from summary.signal where {PRIMARY} and stratum = 'all' and fdr_adjusted_p_value is not null
        group by family_size
    """
    assert ask(query, make_nine_cases()) == normalise_table("25 | 25 | 0.95 | 0.9")
    outside = "select distinct family_size from summary.signal where fdr_adjusted_p_value is null"
    assert ask(outside, make_nine_cases()) == normalise_table("")


def test_label_status_is_shown_beside_the_signal(ask: Ask) -> None:
    """Hallucinations are in the label of ketamine; paranoia is not in our list."""
    query = f"""
        select reaction, reaction_label_status, review_decision
        from summary.signal
        where {PRIMARY} and stratum = 'all' and drug = 'ketamine' and route = 'any'
            and reaction in ('hallucination', 'paranoia')
    """
    assert ask(query, make_nine_cases()) == normalise_table("hallucination | labelled |\nparanoia | unknown |")


def test_case_without_a_quarter_is_added_last(ask: Ask) -> None:
    """Ketamine in two quarters and once without a quarter: the last row holds all nine cases."""
    query = """
        select quarter, with_both_count, drug_only_count, universe_count, round(ic, 6)
        from summary.signal_by_quarter
        where drug = 'ketamine' and route = 'any' and reaction = 'hallucination' and definition = 'narrow'
    """
    rows = [("2017Q1", 2, 0, 5, 2 * 3 / 5), ("2017Q2", 3, 1, 8, 4 * 4 / 8), ("not stated", 3, 2, 9, 5 * 4 / 9)]
    lines = [
        f"{name} | {both} | {only} | {universe} | {round(math.log2((both + 0.5) / (expected + 0.5)), 6)}"
        for name, both, only, universe, expected in rows
    ]
    assert ask(query, make_nine_cases()) == normalise_table("\n".join(lines))


def test_routes_are_contrasted_within_one_drug(ask: Ask) -> None:
    """Three intravenous cases against two intranasal ones; cases of other drugs do not count. The serious share is of
    all
    cases, and each row has a warning. The intranasal case without hallucination has no year, so none of a year is
    left."""
    query = """
        select evidence, drug, stratum, method, intravenous_with_reaction_count, intravenous_case_count,
            not_intravenous_with_reaction_count, not_intravenous_case_count, estimate,
            round(intravenous_serious_share, 6), not_intravenous_serious_share, warning_text like 'confounded%'
        from summary.route_contrast
        where reaction = 'hallucination' and definition = 'narrow'
    """
    assert ask(query, make_nine_cases()) == normalise_table("""
        reports | ketamine | all | woolf | 2 | 3 | 1 | 2 | 2.0 | 0.333333 | 1.0 | True
        reports | ketamine_any | all | woolf | 2 | 3 | 1 | 2 | 2.0 | 0.333333 | 1.0 | True
        reports | ketamine | age_band, sex, year | mantel_haenszel | 2 | 3 | 1 | 2 | | 0.333333 | 1.0 | True
        reports | ketamine_any | age_band, sex, year | mantel_haenszel | 2 | 3 | 1 | 2 | | 0.333333 | 1.0 | True
    """)


def test_contrast_names_its_products_and_the_cases_on_neither_side(ask: Ask) -> None:
    """Intravenous ketamine against nasal esketamine is no contrast of routes, and the programme of the nasal spray
    asks for its reports. One case states no route, one a route that may be intravenous: both are on no side."""
    world = make_groups(
        (3, "KETAMINE", "Intravenous drip", "Hallucination"),
        (1, "ESKETAMINE", "Intravenous drip", "Rash"),
        (5, "ESKETAMINE", "Nasal", "Rash"),
        (1, "KETAMINE", "Oral", "Rash"),
        (1, "KETAMINE", "", "Hallucination"),
        (1, "KETAMINE", "Parenteral", "Rash"),
    )
    query = """
        select drug, product_contrast, intravenous_products_text, not_intravenous_products_text, risk_programme_side,
            neither_side_case_count, neither_side_with_reaction_count, warning_text like '%not a contrast of routes%',
            warning_text like '%risk programme%'
        from summary.route_contrast
        where reaction = 'hallucination' and definition = 'narrow' and stratum = 'all'
    """
    assert ask(query, world) == normalise_table("""
        esketamine | same_drug | esketamine intravenous (1 case) | esketamine intranasal (5 cases) | not_intravenous | 0 | 0 | False | True
        ketamine | same_drug | ketamine intravenous (3 cases) | ketamine oral (1 case) | none | 2 | 1 | False | False
        ketamine_any | different_drugs | ketamine intravenous (3 cases), esketamine intravenous (1 case) | esketamine intranasal (5 cases), ketamine oral (1 case) | not_intravenous | 2 | 1 | True | True
    """)  # noqa: E501 - a table of rows


def test_contrast_without_a_reaction_on_one_side_has_no_ratio(ask: Ask) -> None:
    """No nausea on either side: no ratio, and the reason names the empty cells."""
    query = """
        select estimate, reason from summary.route_contrast
        where drug = 'ketamine' and stratum = 'all' and reaction = 'nausea' and definition = 'narrow'
    """
    assert ask(query, make_nine_cases()) == normalise_table(
        " | no intravenous case with the reaction, no case by another route with the reaction: ror not estimable"
    )


VIGNETTE = Prior(3.25379356, 0.39988854, 2.02612692, 1.90807970, 0.06534557)  # openEBGM, vignette 4
FITTED = Prior(0.2, 0.1, 2.0, 4.0, 1 / 3)


@pytest.mark.parametrize(
    ("in_use", "prior", "basis"),
    [("no", FITTED, "own_pairs"), ("yes", FITTED, "own_pairs"), ("yes", VIGNETTE, "published")],
)
def test_ebgm_is_shrunk_against_one_expected_count_in_every_table(
    ask: Ask, database: duckdb.DuckDBPyConnection, in_use: str, prior: Prior, basis: str
) -> None:
    """Of the 8 cases of 2017 3 have intravenous ketamine, 4 a hallucination: 1.5 are expected by year, on which the
    prior is learnt. Stratum `all` was shrunk against 12 / 9. A published prior stands in only where the source has
    none and a person switched it on; no flag rests on it."""
    ask("select * from summary.signal, summary.signal_any_drug", make_nine_cases())
    remake(database, basis == "own_pairs", in_use)
    found = database.execute(
        "select expected_count_stratified, ebgm, eb05, eb95, prior_basis, is_eb05_2, ebgm_reason, "
        f"ebgm_confidence_level from summary.signal where {PRIMARY} and stratum in ('all', 'age_band, sex, year') "
        "and drug = 'ketamine' and route = 'intravenous' and reaction = 'hallucination'"
    ).fetchall()
    meant = empirical_bayes([2], [1.5], prior).iloc[0]
    flag = bool(meant["eb05"] >= 2) if basis == "own_pairs" else None
    assert found == [(1.5, meant["ebgm"], meant["eb05"], meant["eb95"], basis, flag, None, 0.9)] * 2
    others = (
        "select distinct ebgm, prior_basis from summary.signal where analysis <> 'primary' "
        "or comparator <> 'all_other_cases' or stratum not in ('all', 'age_band, sex, year')"
    )
    assert database.execute(others).fetchall() == [(None, None)]
    pairs = database.execute(
        "select expected_count_stratified, ebgm, prior_basis from summary.signal_any_drug "
        "where ingredient = 'KETAMINE' and preferred_term = 'Hallucination'"
    ).fetchall()
    of_pair = empirical_bayes([3], [4 * 4 / 8], prior).iloc[0]  # 4 of the 8 cases have ketamine by whatever route
    assert pairs == [(2.0, of_pair["ebgm"], basis)]


def test_ebgm_is_null_with_a_reason_where_no_prior_was_found(ask: Ask, database: duckdb.DuckDBPyConnection) -> None:
    """Without a prior, and none switched on, is_eb05_2 is null; it was published as false in signal_any_drug."""
    ask("select * from summary.signal, summary.signal_any_drug", make_nine_cases())
    remake(database, converged=False, in_use="no")
    query = (
        f"select ebgm, eb05, eb95, prior_basis, is_eb05_2, ebgm_reason from summary.signal where {PRIMARY} "
        "and stratum = 'all' and drug = 'ketamine' and route = 'intravenous' and reaction = 'hallucination'"
    )
    assert database.execute(query).fetchall() == [(None, None, None, None, None, "no prior: boundary solution")]
    assert database.execute("select distinct is_eb05_2 from summary.signal_any_drug").fetchall() == [(None,)]


def remake(database: duckdb.DuckDBPyConnection, converged: bool, in_use: str) -> None:
    """Both tables anew with FITTED as the source's own prior, found or not, and the published one in use or not."""
    database.execute("delete from summary.signal_prior")
    database.execute(
        "insert into summary.signal_prior (source, alpha1, beta1, alpha2, beta2, weight, log_likelihood, converged, "
        f"reason) values ('faers', 0.2, 0.1, 2, 4, {1 / 3}, -1, {converged}, "
        f"{'null' if converged else repr('boundary solution')})"
    )
    database.execute(f"update codes.published_prior set in_use = '{in_use}'")
    try:
        for name in ("signal", "signal_any_drug"):
            database.execute(f"drop table summary.{name}")
            create_table(database, name)
    finally:
        database.execute("update codes.published_prior set in_use = 'no'")
