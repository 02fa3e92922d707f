"""What the statistics of reports say, and what they refuse to say."""

import math

import duckdb
import pytest

from pipeline.estimates import create_table
from pipeline.statistics.disproportionality import Prior, empirical_bayes, mantel_haenszel
from tests.sql.reports.conftest import Ask
from tests.sql.reports.database import Delivery
from tests.sql.reports.text_tables import make_quarter, normalise_table

PRIMARY = "analysis = 'primary' and comparator = 'all_other_cases' and definition = 'narrow'"


def ward() -> Delivery:
    """Nine cases: ketamine by vein (1-3), by nose (4-5), memantine (6), others (7-9). Hallucinating: 1, 2, 4, 7."""
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


def test_the_same_drug_by_another_route_is_among_all_others(ask: Ask) -> None:
    """Of nine cases three had ketamine by vein; the nasal hallucination stands with those who had it without."""
    query = f"""
        select with_both_count, drug_only_count, reaction_only_count, neither_count, universe_count,
            round(prr, 6), round(ror, 6), round(ic, 6), reason
        from summary.signal
        where {PRIMARY} and stratum = 'all' and drug = 'ketamine' and route = 'intravenous'
            and reaction = 'hallucination'
    """
    ic = round(math.log2(2.5 / (3 * 4 / 9 + 0.5)), 6)
    assert ask(query, ward()) == normalise_table(f"2 | 1 | 2 | 4 | 9 | {(2 / 3) / (2 / 6)} | {2 * 4 / 2} | {ic} |")


def test_without_a_case_the_ratios_are_null_and_the_component_stands(ask: Ask) -> None:
    """Nobody on memantine hallucinated: no ratio and no half, a component below 0, a flag that is false."""
    query = f"""
        select prr, ror, round(ic, 6), is_evans, is_eudravigilance, is_ic025, reason
        from summary.signal
        where {PRIMARY} and stratum = 'all' and drug = 'memantine' and route = 'oral' and reaction = 'hallucination'
    """
    ic = round(math.log2(0.5 / (4 / 9 + 0.5)), 6)
    assert ask(query, ward()) == normalise_table(
        f" | | {ic} | False | False | False | no case with both: prr and ror not estimable"
    )


def test_a_comparator_without_a_case_says_nothing_and_a_restricted_one_has_no_prior(ask: Ask) -> None:
    """One case of propofol stands beside ketamine by vein; nobody had another drug for dementia."""
    query = """
        select drug, comparator, universe_count, ic is null, expected_count is null, ebgm is null, reason is null,
            ebgm_reason
        from summary.signal
        where comparator <> 'all_other_cases' and reaction = 'nausea' and definition = 'narrow'
            and route in ('intravenous', 'oral')
    """
    why = "the prior was fitted against all other cases: ebgm not estimable"
    assert ask(query, ward()) == normalise_table(f"""
        ketamine | other_anaesthetics | 4 | False | False | True | False | {why}
        memantine | anti_dementia | 1 | True | True | True | False | {why}
    """)


def test_the_dominating_drug_leaves_the_universe_by_name(ask: Ask) -> None:
    """Most hallucinations suspect ketamine: without its five cases memantine is compared with three others."""
    query = """
        select set_aside_text, with_both_count, drug_only_count, reaction_only_count, neither_count
        from summary.signal
        where analysis = 'without_dominating_drug' and drug = 'memantine' and route = 'any'
            and reaction = 'hallucination' and definition = 'narrow'
    """
    assert ask(query, ward()) == normalise_table("KETAMINE | 0 | 1 | 1 | 2")


def test_strata_are_pooled_without_a_correction(ask: Ask) -> None:
    """Of one case the year is not stated: it is not compared with those of 2017, and no half is given to anybody."""
    query = f"""
        select stratum, stratum_count, round(ror, 6), round(ror_upper, 6), prr, fisher_p_value
        from summary.signal
        where {PRIMARY} and stratum = 'age_band, sex, year' and drug = 'ketamine' and route = 'intravenous'
            and reaction = 'hallucination'
    """
    pooled = mantel_haenszel([2, 0], [1, 0], [2, 0], [3, 1])
    assert ask(query, ward()) == normalise_table(f"age_band, sex, year | 1 | 3.0 | {round(pooled.ror_upper, 6)} | |")


def test_the_family_and_the_table_of_pairs_are_those_of_the_contract(ask: Ask) -> None:
    """Ketamine by nose is not in the family but in the pairs of its route; broad reactions are in neither."""
    query = """
        select route, definition, fdr_adjusted_p_value is not null, log_lr is not null, lr_reason is null
        from summary.signal
        where analysis = 'primary' and comparator = 'all_other_cases' and stratum = 'all' and drug = 'ketamine'
            and reaction = 'hallucination'
    """
    assert ask(query, ward()) == normalise_table("""
        any | broad | False | False | False
        any | narrow | True | True | True
        intranasal | broad | False | False | False
        intranasal | narrow | False | True | True
        intravenous | broad | False | False | False
        intravenous | narrow | True | True | True
        not_intravenous | broad | False | False | False
        not_intravenous | narrow | True | True | True
    """)


def test_what_the_label_says_stands_beside(ask: Ask) -> None:
    """Hallucinations are in the label of ketamine; of paranoia our list does not say."""
    query = f"""
        select reaction, reaction_label_status, review_decision
        from summary.signal
        where {PRIMARY} and stratum = 'all' and drug = 'ketamine' and route = 'any'
            and reaction in ('hallucination', 'paranoia')
    """
    assert ask(query, ward()) == normalise_table("hallucination | labelled |\nparanoia | unknown |")


def test_a_case_without_a_quarter_comes_last(ask: Ask) -> None:
    """Ketamine in two quarters and once in a year nobody dates: the last row holds all nine cases."""
    query = """
        select quarter, with_both_count, drug_only_count, universe_count, round(ic, 6)
        from summary.signal_by_quarter
        where drug = 'ketamine' and route = 'any' and reaction = 'hallucination' and definition = 'narrow'
    """
    rows = [("2017Q1", 2, 0, 5, 2 * 3 / 5), ("2017Q2", 3, 1, 8, 4 * 4 / 8), ("not stated", 3, 2, 9, 5 * 4 / 9)]
    drawn = [
        f"{name} | {both} | {only} | {universe} | {round(math.log2((both + 0.5) / (expected + 0.5)), 6)}"
        for name, both, only, universe, expected in rows
    ]
    assert ask(query, ward()) == normalise_table("\n".join(drawn))


def test_routes_are_contrasted_within_the_drug_only(ask: Ask) -> None:
    """Three by vein beside two by nose: of the others nobody counts. The serious share is of all, and each row warns.
    The one by nose who did not hallucinate has no year, so nobody of a year is left to compare with."""
    query = """
        select evidence, drug, stratum, method, intravenous_with_reaction_count, intravenous_case_count,
            not_intravenous_with_reaction_count, not_intravenous_case_count, estimate,
            round(intravenous_serious_share, 6), not_intravenous_serious_share, warning_text like 'confounded%'
        from summary.route_contrast
        where reaction = 'hallucination' and definition = 'narrow'
    """
    assert ask(query, ward()) == normalise_table("""
        reports | ketamine | all | woolf | 2 | 3 | 1 | 2 | 2.0 | 0.333333 | 1.0 | True
        reports | ketamine_any | all | woolf | 2 | 3 | 1 | 2 | 2.0 | 0.333333 | 1.0 | True
        reports | ketamine | age_band, sex, year | mantel_haenszel | 2 | 3 | 1 | 2 | | 0.333333 | 1.0 | True
        reports | ketamine_any | age_band, sex, year | mantel_haenszel | 2 | 3 | 1 | 2 | | 0.333333 | 1.0 | True
    """)


def test_a_side_without_the_reaction_is_no_ratio(ask: Ask) -> None:
    """Nobody of either side was nauseous: no ratio, and the row says which cells are empty."""
    query = """
        select estimate, reason from summary.route_contrast
        where drug = 'ketamine' and stratum = 'all' and reaction = 'nausea' and definition = 'narrow'
    """
    assert ask(query, ward()) == normalise_table(" | no case by vein, none by another route: ror not estimable")


@pytest.mark.parametrize("converged", [True, False])
def test_a_prior_shrinks_or_says_why_not(ask: Ask, database: duckdb.DuckDBPyConnection, converged: bool) -> None:
    """With a prior that converged EBGM is what it makes of two cases; with another it is null and says so."""
    ask("select count(*) from summary.signal", ward())
    prior = Prior(0.2, 0.1, 2.0, 4.0, 1 / 3, -1.0, converged, None if converged else "boundary solution")
    database.execute("delete from summary.signal_prior")
    database.execute(
        "insert into summary.signal_prior (source, alpha1, beta1, alpha2, beta2, weight, log_likelihood, converged, "
        f"reason) values ('faers', 0.2, 0.1, 2, 4, {1 / 3}, -1, {converged}, "
        f"{'null' if converged else repr('boundary solution')})"
    )
    database.execute("drop table summary.signal")
    create_table(database, "signal")
    found = database.execute(
        f"select ebgm, eb05, eb95, ebgm_reason from summary.signal where {PRIMARY} and stratum = 'all' "
        "and drug = 'ketamine' and route = 'intravenous' and reaction = 'hallucination'"
    ).fetchall()
    meant = empirical_bayes([2], [3 * 4 / 9], prior).iloc[0]
    if converged:
        assert found == [(meant["ebgm"], meant["eb05"], meant["eb95"], None)]
    else:
        assert found == [(None, None, None, "no prior: boundary solution")]
