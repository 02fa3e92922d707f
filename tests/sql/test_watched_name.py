"""One list of names: what is added once is known to reports, to trials and to the search of the registry."""

import csv
import shutil
from pathlib import Path

import duckdb
import pytest

from pipeline import models, typed
from pipeline.sources.clinicaltrials.remote import read_terms
from tests.sql.reports.database import SQL, fetch, load_deliveries, open_database
from tests.sql.reports.text_tables import make_case
from tests.sql.trials.study_records import fetch_rows, make_arm, make_group, make_study, open_register, open_session

pytestmark = pytest.mark.slow

INVENTED = "Noctaketal,KETAMINE,brand,intranasal,,,,an invented brand\n"
KINDS = {"ingredient", "synonym", "brand", "code", "abbreviation", "spelling"}
USES = {"reports", "longer_names", "trials", "search"}


def listed(name: str, sql_dir: Path = SQL) -> list[dict[str, str]]:
    with models.find_code_lists(sql_dir)[name].open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def sql_with_brand(tmp_path: Path) -> Path:
    """A copy of the SQL whose list of names has one row more."""
    copy = tmp_path / "sql"
    shutil.copytree(SQL, copy)
    with models.find_code_lists(copy)["watched_name"].open("a", encoding="utf-8") as file:
        file.write(INVENTED)
    return copy


def report_drugs(sql_dir: Path) -> list[tuple[str]]:
    connection = open_database(sql_dir)
    load_deliveries(connection, [make_case("drugname | role_cod\nNOCTAKETAL | PS")])
    return fetch(connection, "select distinct drug from events.exposed_case where drug = 'ketamine'")


def trial_arms(sql_dir: Path) -> list[tuple[str, str]]:
    arms = [
        make_arm("Noctaketal", "EXPERIMENTAL", "Noctaketal"),
        make_arm("Placebo", "PLACEBO_COMPARATOR", "Placebo"),
    ]
    trial = make_study(1, arms, [make_group("Noctaketal", 20), make_group("Placebo", 20)], other={"Nausea": [3, 1]})
    connection = open_session(sql_dir)
    return fetch_rows(
        open_register([trial], connection=connection),
        "select drug, route from events.observed_arm where drug is not null order by 1",
    )


def test_a_brand_added_once_is_known_to_reports_trials_and_search(sql_with_brand: Path) -> None:
    assert report_drugs(sql_with_brand) == [("ketamine",)]
    assert trial_arms(sql_with_brand) == [("ketamine", "intranasal")]
    assert "Noctaketal" in read_terms(sql_with_brand)


def test_a_brand_that_is_not_listed_is_known_to_none_of_them() -> None:
    assert report_drugs(SQL) == []
    assert trial_arms(SQL) == []
    assert "Noctaketal" not in read_terms(SQL)


def test_a_name_that_is_not_used_somewhere_states_why() -> None:
    for row in listed("watched_name"):
        assert row["kind"] in KINDS, row
        assert set(row["not_in"].split()) <= USES, row
        assert bool(row["not_in"]) == bool(row["not_in_why"]), row
    assert {use for row in listed("watched_name") for use in row["not_in"].split()} == USES


def test_a_name_is_listed_once_and_means_one_watched_drug() -> None:
    """Reports compare names in capitals; two drugs in one product would need two rows of trials."""
    drug_of = {row["ingredient_text"]: row["drug"] for row in listed("ingredient")}
    names = [row["name"].upper() for row in listed("watched_name")]
    assert len(names) == len(set(names))
    for row in listed("watched_name"):
        drugs = {drug_of.get(part, "") for part in row["ingredients"].split("\\")} - {""}
        assert len(drugs) <= 1, row


def test_spellings_of_one_name_agree_in_trials() -> None:
    """PK-MERZ and PK MERZ are one name once signs are blanks."""
    connection = duckdb.connect()
    typed.load_codes(connection, SQL)
    disagreeing = connection.execute("""
        select
            trim(words_of(name)) as words,
            count(distinct (ingredients, usual_route, drug_subclass)) as meaning_count
        from codes.watched_name
        where not list_contains(string_split(coalesce(not_in, ''), ' '), 'trials')
        group by words
        having meaning_count > 1
    """).fetchall()
    assert disagreeing == []


def test_a_word_of_another_thing_holds_a_watched_name() -> None:
    """Else the longer name would protect nothing, and the list would grow by words that nobody needs."""
    connection = duckdb.connect()
    typed.load_codes(connection, SQL)
    unneeded = connection.execute("""
        select other.name
        from codes.trial_other_name as other
        where not exists (
            select 1
            from codes.trial_drug as watched
            where watched.drug is not null and contains(' ' || other.name || ' ', ' ' || watched.name || ' ')
        )
    """).fetchall()
    assert sorted(name for (name,) in unneeded) == [
        "arketamine", "deudextromethorphan", "hydroxynorketamine", "norketamine",
    ]  # fmt: skip


def test_editing_the_list_makes_new_typed_files(sql_with_brand: Path) -> None:
    """What a model reads of a derived list is the list it follows from."""
    assert models.CodeLists(SQL).read("drug_name") != models.CodeLists(sql_with_brand).read("drug_name")
    assert models.CodeLists(SQL).read("route") == models.CodeLists(sql_with_brand).read("route")
