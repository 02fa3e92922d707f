"""The structure that the README describes: imports, layers, two wings, one list of tables that the files follow."""

import ast
import csv
import re
from functools import cache
from pathlib import Path

import pytest

from pipeline.contract import load_contract
from pipeline.models import (
    ESTIMATES,
    LAYERS,
    Estimate,
    Model,
    find_code_lists,
    find_derived_code_lists,
    find_model_files,
    load_models,
    load_views,
)
from pipeline.quality.suites import list_suites
from pipeline.sources import load_sources
from tests.table_reads import find_all_reads, find_reads, parse_reads

PROJECT = Path(__file__).resolve().parents[1]
SQL = PROJECT / "sql"
MODULES = sorted((PROJECT / "pipeline").rglob("*.py"))
SOURCES = PROJECT / "pipeline" / "sources"
SOURCE_MODULES = [path for path in MODULES if path.is_relative_to(SOURCES)]
GENERAL_MODULES = [
    *(PROJECT / "dags").glob("*.py"),
    *(PROJECT / "pipeline" / "landing").glob("*.py"),
    *(
        PROJECT / "pipeline" / f"{name}.py"
        for name in ("deliveries", "intake", "nightly", "typed", "warehouse", "runs")
    ),
    SOURCES / "__init__.py",
    SOURCES / "record.py",
]
ESTIMATE_MODULES = sorted(ESTIMATES.glob("[!_]*.py"))
LISTED = load_models(SQL)
TYPED = {model.table: source for source in load_sources() for model in source.load_typed_models(SQL)}
ALL_MODELS = [*LISTED, *(model for source in load_sources() for model in source.load_typed_models(SQL))]
VIEWS = load_views(SQL)
SELECTS = [
    *find_model_files(SQL).values(),
    *sorted((SQL / "typed").glob("*.sql")),
    *sorted((SQL / "answer").glob("*.sql")),
]
PARTS = {name: path for name, path in find_model_files(SQL).items() if name.count(".") == 2}

LAYER_READS = {
    "typed": {"raw", "typed", "codes"},
    "clean": {"typed", "clean"},
    "events": {"typed", "clean", "codes", "events", "intermediate", "before"},
    "intermediate": {"clean", "codes", "events", "intermediate", "summary", "meta", "before"},
    "summary": {"clean", "codes", "events", "intermediate", "summary", "meta", "before"},
    "verify": {"typed", "clean", "codes", "events", "intermediate", "summary", "meta"},
    "answer": {"clean", "codes", "events", "intermediate", "summary", "meta", "answer"},
}
"""What each layer may read, code lists, the account of deliveries (`meta`) and the live snapshot (`before`) among it.
Of what is published only the tables of changes are made (below)."""

OF_THE_COMPARISON = {"before.held", "before.cause"}  # what is known of the live snapshot, not tables of it
CHANGES = "changed_"  # the tables that set published tables beside the live snapshot's

BOTH_WINGS = {
    "intermediate.attrition_step": "gathers the steps of every source, each stated by a SELECT of its own wing",
    "summary.attrition": "accounts for everything received, reports and trials in rows of their own",
    "verify.attrition_closes": "checks the account of both",
    "summary.change": "lists what changed among reports and among trials, in rows of their own",
    "verify.change_closes": "checks that list of both",
    "summary.route_contrast": "sets the contrast of routes among reports beside that among trials, never adding them",
}
"""The tables that may read both reports and trials, each with the reason."""

VIEWS_OF_BOTH_WINGS = {
    "answer.route_question": "answers with reports and with trials, in rows of their own",
    "answer.reports_beside_trials": "sets reports beside trials, in columns of their own",
    "answer.what_changed": "lists changes of reports and of trials, in rows of their own",
}
"""The views that read both wings, each with the reason. No table reads a view, so nothing flows on from here."""


def import_names(path: Path) -> set[str]:
    """Every module a file imports, by its full name."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__")


@cache
def reads_of_all() -> dict[str, frozenset[str]]:
    """What each model, and each code list that follows from others, names itself."""
    derived = {f"codes.{name}": parse_reads(path.read_text()) for name, path in find_derived_code_lists(SQL).items()}
    reads = {model.table: find_reads(model) for model in [*ALL_MODELS, *VIEWS]} | derived
    # A table of the live snapshot is of the wing of the table of that name.
    earlier = {name for read in reads.values() for name in read if name.startswith("before.")} - OF_THE_COMPARISON
    return reads | {name: frozenset({name.removeprefix("before.").replace("_", ".", 1)}) for name in earlier}


@cache
def all_reads() -> dict[str, set[str]]:
    return find_all_reads(reads_of_all())


@cache
def wing_of_folder() -> dict[str, str]:
    """`reports`, `trials` or `shared` by table: the folder of a SELECT or code list, the source of a typed model."""
    wings = {table: source.wing for table, source in TYPED.items()}
    wings |= {
        model.table: model.path.relative_to(SQL / model.layer).parts[0]
        for model in LISTED
        if isinstance(model, Model)
    }
    codes = SQL / "codes"
    return wings | {f"codes.{path.stem}": path.relative_to(codes).parts[0] for path in codes.rglob("*.*")}


def wings_read(table: str) -> set[str]:
    """The wings of all that a table reads, at any distance."""
    folders = wing_of_folder()
    return {folders[read] for read in all_reads().get(table, ()) if read in folders} - {"shared"}


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_pipeline_never_imports_airflow_and_nothing_imports_the_command_line(path: Path) -> None:
    names = import_names(path)
    assert not {name for name in names if name.split(".")[0] == "airflow"}
    if not module_name(path).startswith(("pipeline.cli", "pipeline.command_line")):
        assert not {name for name in names if name.startswith(("pipeline.cli", "pipeline.command_line"))}


@pytest.mark.parametrize("path", SOURCE_MODULES, ids=module_name)
def test_source_imports_landing_and_settings_and_never_another_source(path: Path) -> None:
    """Its own modules are those of its package; the list of sources and the record are no source."""
    inside = path.relative_to(SOURCES).parts
    allowed = (
        "pipeline.landing",
        "pipeline.settings",
        "pipeline.contract",
        "pipeline.errors",
        "pipeline.durable",
        "pipeline.models",
        "pipeline.printable",
        "pipeline.quarters",
        "pipeline.sources.record",
        *([f"pipeline.sources.{inside[0]}."] if len(inside) > 1 else []),
    )
    known = {name for name in import_names(path) if name.startswith("pipeline.")}
    assert not {name for name in known if not name.startswith(allowed)}


@pytest.mark.parametrize("path", GENERAL_MODULES, ids=module_name)
def test_module_that_serves_every_source_names_none(path: Path) -> None:
    """A branch on the name of a source would have to be edited for the next source."""
    literals = {
        node.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert not literals & {word for source in load_sources() for word in (source.name, source.dag_id)}
    assert not {name for name in import_names(path) if name.startswith("pipeline.sources.")} - {
        "pipeline.sources.record",
        *(f"pipeline.sources.record.{name}" for name in ("Source", "Fetcher", "RawTable", "Freshness")),
        "pipeline.sources.load_sources",
        "pipeline.sources.find_source",
    }


@pytest.mark.parametrize("path", [path for path in MODULES if "statistics" in path.parts], ids=module_name)
def test_statistics_import_only_statistics(path: Path) -> None:
    known = {name for name in import_names(path) if name.startswith("pipeline.")}
    assert all(name.startswith("pipeline.statistics") for name in known)


@pytest.mark.parametrize("path", ESTIMATE_MODULES, ids=module_name)
def test_estimate_states_its_grain_and_imports_only_statistics_and_estimates(path: Path) -> None:
    assert re.search(r"(?m)^grain ", Estimate(path.stem).meaning), "the docstring states the grain"
    known = {name for name in import_names(path) if name.startswith("pipeline.")}
    assert all(name.startswith(("pipeline.statistics", "pipeline.estimates")) for name in known)
    schemas = {read.split(".")[0] for read in find_reads(Estimate(path.stem))}
    assert schemas <= {"codes", "events", "intermediate", "summary"}


@pytest.mark.parametrize("model", ALL_MODELS, ids=lambda model: model.table)
def test_layer_reads_only_the_layers_before_it(model: Model | Estimate) -> None:
    schemas = {read.split(".")[0] for read in reads_of_all()[model.table]}
    assert schemas <= LAYER_READS[model.layer]
    if model.layer == "intermediate" and not model.name.startswith(CHANGES):
        assert "summary" not in schemas
    if not model.name.startswith((CHANGES, "change")):
        assert "before" not in schemas


@pytest.mark.parametrize("model", LISTED, ids=lambda model: model.table)
def test_table_reads_only_tables_that_are_built_before_it(model: Model | Estimate) -> None:
    built = {earlier.table for earlier in LISTED[: LISTED.index(model)]}
    judged = {read for read in reads_of_all()[model.table] if read.split(".")[0] in LAYERS}
    assert judged <= built


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.table)
def test_view_reads_tables_and_views_that_are_created_before_it(view: Model) -> None:
    reads = reads_of_all()[view.table]
    assert {read.split(".")[0] for read in reads} <= LAYER_READS["answer"]
    earlier = {other.table for other in VIEWS[: VIEWS.index(view)]}
    assert {read for read in reads if read.startswith("answer.")} <= earlier


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.table)
def test_view_reads_one_wing_unless_it_is_named(view: Model) -> None:
    assert (wings_read(view.table) == {"reports", "trials"}) == (view.table in VIEWS_OF_BOTH_WINGS)


def test_every_table_read_exists() -> None:
    """A name that the parser of this test took for a table but is none would make the tests of wings say nothing."""
    known = {model.table for model in [*ALL_MODELS, *VIEWS]} | set(wing_of_folder())
    read = set().union(*reads_of_all().values())
    assert {name for name in read if not name.startswith(("raw.", "meta.", "before."))} <= known | OF_THE_COMPARISON


@pytest.mark.parametrize("table", [model.table for model in ALL_MODELS])
def test_report_tables_read_no_trial_table_and_trial_tables_no_report_table(table: str) -> None:
    """At any distance, typed models and code lists among it. An estimate has no folder: it reads one wing."""
    if table not in BOTH_WINGS:
        own = {wing_of_folder()[table]} if table in wing_of_folder() else set()
        assert len(wings_read(table) | own - {"shared"}) <= 1


@pytest.mark.parametrize("table", BOTH_WINGS)
def test_exception_reads_both_wings_and_belongs_to_neither(table: str) -> None:
    """An exception that is none is removed from the list."""
    assert wings_read(table) == {"reports", "trials"}
    assert wing_of_folder().get(table, "shared") == "shared"


@pytest.mark.parametrize(
    "model",
    [model for model in LISTED if isinstance(model, Model) and wing_of_folder()[model.table] == "shared"],
    ids=lambda model: model.table,
)
def test_shared_table_is_a_named_exception_or_reads_no_wing(model: Model) -> None:
    """A table that reads one wing is kept in its folder."""
    assert model.table in BOTH_WINGS or not wings_read(model.table)


@pytest.mark.parametrize(
    "model", [model for model in LISTED if isinstance(model, Model)], ids=lambda model: model.table
)
def test_select_is_kept_below_the_folder_of_a_wing(model: Model) -> None:
    folders = model.path.relative_to(SQL / model.layer).parts[:-1]
    assert folders
    assert folders[0] in ("reports", "trials", "shared")


@pytest.mark.parametrize("name", PARTS)
def test_part_of_a_source_is_kept_in_the_wing_of_the_source_and_reads_no_other(name: str) -> None:
    """A table that every source continues reads both wings; the SELECT of one source reads one."""
    path, source = PARTS[name], name.rpartition(".")[2]
    [wing] = [record.wing for record in load_sources() if record.name == source]
    assert path.relative_to(SQL).parts[1] == wing
    reads = parse_reads(path.read_text()) - set(BOTH_WINGS)
    assert set().union(*({wing_of_folder().get(read, "shared")} | wings_read(read) for read in reads)) <= {
        wing,
        "shared",
    }


@pytest.mark.parametrize("path", SELECTS, ids=lambda path: path.relative_to(SQL).as_posix())
def test_select_states_its_grain_and_is_short_enough_to_read(path: Path) -> None:
    """A part that continues a table for one source is held to the same as a whole table."""
    text = path.read_text()
    assert re.search(r"(?m)^-- grain ", text), "the header states the grain"
    assert "\t" not in text
    assert not text.rstrip().endswith(";"), "one SELECT, without an end mark"
    assert len(text.splitlines()) <= 100, "a longer model should be two"


def test_contract_promises_columns_of_every_listed_table_and_of_no_other() -> None:
    """`load_models` refuses a list and files that disagree; so list, files and contract are one."""
    promised = {table for table in load_contract(SQL).columns if not table.startswith("meta.")}
    assert promised == {model.table for model in LISTED}
    assert set(load_contract(SQL).views) == {view.table for view in VIEWS}


def test_every_vocabulary_is_used_by_a_column() -> None:
    contract = load_contract(SQL)
    listed = [*contract.columns.values(), *contract.views.values()]
    columns = [*(column for each in listed for column in each), *contract.codes.values()]
    used = {alternative.split(":")[0] for column in columns for alternative in column.alternatives}
    assert {word.vocabulary for word in contract.words} <= used


def test_every_estimate_is_listed() -> None:
    listed = {f"{model.name}.py" for model in LISTED if isinstance(model, Estimate)}
    assert listed == {path.name for path in ESTIMATE_MODULES}


def test_every_suite_has_a_table_and_the_folders_of_its_select() -> None:
    tables = {model.table: model for model in LISTED}
    for table, path in list_suites(PROJECT / "expectations").items():
        if table.startswith("meta."):
            continue
        folder = path.parent.relative_to(PROJECT / "expectations")
        model = tables[table]
        if isinstance(model, Model):
            assert folder == model.path.parent.relative_to(SQL)
        else:
            assert {folder.parts[1]} == ({"shared"} if table in BOTH_WINGS else wings_read(table))


@pytest.mark.parametrize("path", find_code_lists(SQL).values(), ids=lambda path: path.stem)
def test_every_code_has_a_source_or_a_why(path: Path) -> None:
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows
    assert not [row for row in rows if not (row.get("why") or row.get("source"))]
