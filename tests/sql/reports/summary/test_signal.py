"""The statistics of reports: what is estimated, and what is left out with a reason."""

import math

import duckdb
import pytest

from pipeline.estimates import create_table
from pipeline.statistics.disproportionality import Prior, empirical_bayes, mantel_haenszel
from tests.sql.reports.conftest import Ask
from tests.sql.reports.database import Delivery
from tests.sql.reports.text_tables import make_quarter, normalise_table

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
        select drug, comparator, universe_count, ic is null, expected_count is null, ebgm is null, reason is null,
            ebgm_reason
        from summary.signal
        where comparator <> 'all_other_cases' and reaction = 'nausea' and definition = 'narrow'
            and route in ('intravenous', 'oral')
    """
    why = "the prior was fitted against all other cases: ebgm not estimable"
    assert ask(query, make_nine_cases()) == normalise_table(f"""
        ketamine | other_anaesthetics | 4 | False | False | True | False | {why}
        memantine | anti_dementia | 1 | True | True | True | False | {why}
    """)


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


def test_contrast_without_a_reaction_on_one_side_has_no_ratio(ask: Ask) -> None:
    """No nausea on either side: no ratio, and the reason names the empty cells."""
    query = """
        select estimate, reason from summary.route_contrast
        where drug = 'ketamine' and stratum = 'all' and reaction = 'nausea' and definition = 'narrow'
    """
    assert ask(query, make_nine_cases()) == normalise_table(
        " | no intravenous case with the reaction, no case by another route with the reaction: ror not estimable"
    )


@pytest.mark.parametrize("converged", [True, False])
def test_ebgm_follows_the_prior_or_is_null_with_a_reason(
    ask: Ask, database: duckdb.DuckDBPyConnection, converged: bool
) -> None:
    """With a converged prior EBGM is the shrunken ratio of two cases; otherwise it is null with a reason."""
    ask("select count(*) from summary.signal", make_nine_cases())
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
