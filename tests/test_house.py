"""The house keeps its shape: who may know whom, one list of models, one suite a table, layers that look one way."""

import ast
import csv
import re
from pathlib import Path

import pytest

from pipeline.contract import load_contract
from pipeline.models import ESTIMATES, Estimate, Model, find_code_lists, find_model_files, load_models
from pipeline.quality.suites import list_built_tables, list_suites
from pipeline.sources import load_sources

PROJECT = Path(__file__).resolve().parents[1]
SQL = PROJECT / "sql"
SOURCES = PROJECT / "pipeline" / "sources"
MODULES = sorted((PROJECT / "pipeline").rglob("*.py"))
READS = {
    "typed": {"raw", "typed", "codes"},
    "clean": {"typed", "clean", "codes", "meta"},
    "events": {"typed", "clean", "codes", "events", "intermediate"},
    "intermediate": {"typed", "clean", "codes", "events", "intermediate", "meta"},
    "summary": {"events", "intermediate", "codes", "summary", "clean", "typed", "meta"},
    "verify": {"typed", "clean", "codes", "events", "intermediate", "summary", "meta"},
}
LAYER_READ = re.compile(r"(?:from|join)\s+(raw|typed|clean|codes|events|intermediate|summary|verify|meta)\.\w+")
LISTED = load_models(SQL)
ALL_MODELS = [model for model in LISTED if isinstance(model, Model)] + [
    model for source in load_sources() for model in source.load_typed_models(SQL)
]
SELECTS = [*find_model_files(SQL).values(), *sorted((SQL / "typed").glob("*.sql"))]
ESTIMATED = sorted(ESTIMATES.glob("[!_]*.py"))


def imported(path: Path) -> set[str]:
    """Every module a file imports, by its full name."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def room(path: Path) -> str:
    return ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("path", MODULES, ids=room)
def test_the_pipeline_never_knows_airflow_and_nothing_knows_the_command_line(path: Path) -> None:
    names = imported(path)
    assert not {name for name in names if name.split(".")[0] == "airflow"}
    if not room(path).startswith("pipeline.cli") and not room(path).startswith("pipeline.command_line"):
        assert not {name for name in names if name.startswith("pipeline.cli")}


@pytest.mark.parametrize("path", [path for path in MODULES if path.is_relative_to(SOURCES)], ids=room)
def test_a_source_knows_landing_and_never_another_source(path: Path) -> None:
    """Its own modules are those of its package; the list of sources and the record are not a source."""
    inside = path.relative_to(SOURCES).parts
    known = {name for name in imported(path) if name.startswith("pipeline.")}
    allowed = (
        "pipeline.landing",
        "pipeline.settings",
        "pipeline.errors",
        "pipeline.durable",
        "pipeline.models",
        "pipeline.sources.record",
        *([f"pipeline.sources.{inside[0]}."] if len(inside) > 1 else []),
    )
    assert not {name for name in known if not name.startswith(allowed)}


GENERAL = [
    *(PROJECT / "dags").glob("*.py"),
    *(PROJECT / "pipeline" / "landing").glob("*.py"),
    *(PROJECT / "pipeline" / f"{name}.py" for name in ("deliveries", "nightly", "typed", "warehouse", "runs")),
    SOURCES / "__init__.py",
    SOURCES / "record.py",
]


@pytest.mark.parametrize("path", GENERAL, ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_what_serves_every_source_names_none(path: Path) -> None:
    """A branch on a source's name would have to be edited for the next source."""
    literals = {
        node.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert not literals & {word for source in load_sources() for word in (source.name, source.dag_id)}
    assert not {name for name in imported(path) if name.startswith("pipeline.sources.")} - {
        "pipeline.sources.record",
        *(f"pipeline.sources.record.{name}" for name in ("Source", "Fetcher", "RawTable", "Freshness")),
        "pipeline.sources.load_sources",
        "pipeline.sources.find_source",
    }


@pytest.mark.parametrize("path", [path for path in MODULES if "statistics" in path.parts], ids=room)
def test_statistics_know_nothing_of_the_night(path: Path) -> None:
    known = {name for name in imported(path) if name.startswith("pipeline.")}
    assert all(name.startswith("pipeline.statistics") for name in known)


@pytest.mark.parametrize("model", ALL_MODELS, ids=lambda model: model.table)
def test_a_layer_reads_only_the_layers_before_it(model) -> None:
    body = "\n".join(line.split("--")[0] for line in model.sql.splitlines())
    read = set(
        re.findall(r"(?:from|join)\s+(raw|typed|clean|codes|events|intermediate|summary|verify|meta)\.\w+", body)
    )
    assert read <= READS[model.layer]


@pytest.mark.parametrize("model", ALL_MODELS, ids=lambda model: model.table)
def test_a_model_says_what_a_row_is_and_lists_its_columns(model) -> None:
    assert re.search(r"(?m)^grain ", model.meaning), "the header states the grain"
    assert model.sql == model.sql.replace("\t", "    ")
    assert not model.sql.rstrip().endswith(";"), "one SELECT, without an end mark"


@pytest.mark.parametrize("path", SELECTS, ids=lambda path: path.relative_to(SQL).as_posix())
def test_a_select_states_its_grain_and_is_short_enough_to_read(path: Path) -> None:
    """A part that continues a table for one source is held to the same as a whole table."""
    text = path.read_text()
    assert re.search(r"(?m)^-- grain ", text), "the header states the grain"
    assert not text.rstrip().endswith(";"), "one SELECT, without an end mark"
    assert len(text.splitlines()) <= 90, "a longer model should be two"


def test_every_estimate_stands_in_the_list() -> None:
    listed = {f"{model.name}.py" for model in LISTED if isinstance(model, Estimate)}
    assert listed == {path.name for path in ESTIMATED}


@pytest.mark.parametrize("path", ESTIMATED, ids=lambda path: path.stem)
def test_an_estimate_reads_what_sql_counted_and_asks_statistics(path: Path) -> None:
    """It says what a row is, knows no other room, and reads no layer that is not settled."""
    assert re.search(r"(?m)^grain ", Estimate(path.stem).meaning), "the docstring states the grain"
    known = {name for name in imported(path) if name.startswith("pipeline.")}
    assert all(name.startswith(("pipeline.statistics", "pipeline.estimates")) for name in known)
    read = set(
        re.findall(
            r"(?:from|join)\s+(raw|typed|clean|codes|events|intermediate|summary|verify|meta)\.\w+", path.read_text()
        )
    )
    assert read <= {"events", "intermediate", "summary", "codes"}


def test_every_table_that_is_built_is_promised_and_no_other() -> None:
    """List, files and contract name the same tables, and handwritten rules are of one of them."""
    contract = load_contract(SQL)
    built = list_built_tables(SQL)
    assert set(built) == set(contract.columns)
    assert len(built) == len(set(built)) == len(LISTED) + len([table for table in built if table.startswith("meta.")])
    assert set(list_suites(PROJECT / "expectations")) <= set(built)


def test_every_table_but_the_one_row_of_the_snapshot_has_a_key() -> None:
    contract = load_contract(SQL)
    assert set(contract.columns) - set(contract.keys) == {"meta.snapshot"}


def test_every_vocabulary_and_every_subset_is_used() -> None:
    """A word list that no column refers to would be kept up by nobody."""
    contract = load_contract(SQL)
    used = {each for columns in contract.columns.values() for column in columns for each in column.alternatives}
    used = {each for each in used if not each.startswith("codes.")}
    assert {word.vocabulary for word in contract.words} == {each.partition(":")[0] for each in used}
    whole = {each for each in used if ":" not in each}
    parts = {(name, part) for each in used for name, _, parts in [each.partition(":")] for part in parts.split("+")}
    unused = [
        word
        for word in contract.words
        if word.vocabulary not in whole and not {(word.vocabulary, part) for part in word.subsets} & parts
    ]
    assert not unused


CODED = {
    "drug": "drug:single",
    "rollup": "drug:rollup or reaction:rollup",
    "drug_subclass": "drug:subclass",
    "route": "route:single",
    "usual_route": "route:single",
    "reaction": "reaction:single+rollup",
    "definition": "definition:term_set",
    "population": "population",
    "reporter_type": "reporter_type:stated",
    "role": "role",
    "domain": "outcome_domain or reaction:single+rollup",
}
SHAPES = {"(shape of a row)"}  # rows that show how a person's decision is written, and match nothing


@pytest.mark.parametrize("path", find_code_lists(SQL).values(), ids=lambda path: path.stem)
def test_code_lists_lead_to_words_of_the_vocabulary(path: Path) -> None:
    """A word is defined once: what a list maps its spellings to is a word that columns may hold."""
    contract = load_contract(SQL)
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for column, vocabulary in CODED.items():
        known = {word for each in vocabulary.split(" or ") for word in contract.list_words(each)}
        found = {value for row in rows if (value := row.get(column))}
        assert found - SHAPES <= known, f"{path.name}: {column}"


def test_every_word_of_drug_reaction_and_route_is_reached_by_a_code_list() -> None:
    """A word that no spelling leads to would be a filter without rows."""
    contract = load_contract(SQL)
    reached: dict[str, set[str]] = {"drug": set(), "reaction": set(), "route": {"unknown"}}
    for path in find_code_lists(SQL).values():
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                for column, words in reached.items():
                    words.add(row.get(column) or "")
    for column, words in reached.items():
        assert set(contract.list_words(f"{column}:single")) <= words


@pytest.mark.parametrize("path", find_code_lists(SQL).values(), ids=lambda path: path.stem)
def test_every_code_has_a_source_or_a_why(path: Path) -> None:
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows
    unexplained = [row for row in rows if not (row.get("why") or row.get("source"))]
    assert not unexplained
