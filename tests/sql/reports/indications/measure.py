"""Precision and recall of the reading of indications, against the answer key.

A term is read as a report's would be: by `sql/typed/faers_indication.sql` and `sql/codes/reports/indication.csv`; a
term that the list lacks is another indication. Before the populations the list knew groups only, so that both states
are compared by group, in which kinds of chronic pain are one; the kinds are compared for the present list alone.
"""

import tempfile
from collections.abc import Iterable
from pathlib import Path

import duckdb

from pipeline import models, typed
from tests.sql.reports.answer_keys import Score
from tests.sql.reports.indications.lists import LabelledTerm
from tests.sql.reports.names.measure import extract_sql

BEFORE = "28464bf"
"""The last commit before the answer key and the longer list."""

CHRONIC_PAIN = {
    "neuropathic_pain", "cancer_pain", "musculoskeletal_pain", "headache", "visceral_pain", "primary_pain",
    "pain_not_specified",
}  # fmt: skip
POPULATIONS = (
    "chronic_pain", "depression", "anaesthesia_sedation", "dementia", "parkinson", "cough", "arrhythmia", "unknown",
)  # fmt: skip
"""The populations by group that the key judges; of pre-eclampsia no sample has a term."""


def find_group(population: str) -> str:
    """The population of the contract that a kind belongs to."""
    return "chronic_pain" if population in CHRONIC_PAIN else population


def read_terms(terms: Iterable[str], sql_dir: Path, column: str = "population") -> dict[str, str]:
    """The population of each term, as the SQL and code list of `sql_dir` read it; column: that of the list."""
    listed = sorted(set(terms))
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        typed.load_codes(connection, sql_dir)
        connection.execute("create schema raw; create schema typed")
        connection.execute(
            "create table raw.faers_indi as select '2010Q1' as period, 'laers' as era, number as line_number, "
            "number::varchar as primaryid, null::varchar as caseid, '1' as indi_drug_seq, name as indi_pt "
            "from (select unnest(?::varchar[]) as name, generate_subscripts(?::varchar[], 1) as number)",
            [listed, listed],
        )
        [model] = [model for model in models.load_typed_models(sql_dir, "faers") if model.name == "faers_indication"]
        connection.execute(f"create table typed.faers_indication as\n{model.sql}")
        found = connection.execute(
            f"select raw.indi_pt, coalesce(listed.{column}, 'other') from typed.faers_indication as stated "
            "inner join raw.faers_indi as raw using (line_number) "
            "left join codes.indication as listed on lower(listed.preferred_term) = lower(stated.preferred_term)"
        ).fetchall()
    return dict(found)


def read_terms_before(terms: Iterable[str]) -> dict[str, str]:
    """The group of each term by the list of the commit BEFORE, which the history of the project must hold."""
    with tempfile.TemporaryDirectory() as folder:
        return read_terms(terms, extract_sql(BEFORE, Path(folder)), "indication_group")


def score_terms(labelled: Iterable[LabelledTerm], read: dict[str, str], population: str) -> Score:
    """The score of one population by group over these terms."""
    pairs = [(find_group(read[term.term]) == population, find_group(term.label) == population) for term in labelled]
    return Score.count(pairs)


def score_all(labelled: Iterable[LabelledTerm], read: dict[str, str], *, by_kind: bool) -> Score:
    """All populations but `other` together: right where the population is that of the key, wrong where a term is put
    into another, missed where a term of a population is put into another or none. by_kind: kinds of pain apart."""
    name = str if by_kind else find_group
    pairs = [(name(read[term.term]), name(term.label)) for term in labelled]
    right = sum(found == meant != "other" for found, meant in pairs)
    wrong = sum(found not in (meant, "other") for found, meant in pairs)
    missed = sum(meant not in (found, "other") for found, meant in pairs)
    return Score(right, wrong, missed)
