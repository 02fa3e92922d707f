"""The files around the package agree with it: dependencies, `make help`, the gate."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from pipeline.resources import ROOT

pytestmark = pytest.mark.slow

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# Needed at run time without an import of ours: the release that settles the versions of Airflow's own packages, and
# the dialect that SQLAlchemy finds by the name in an address.
NOT_IMPORTED = {"apache-airflow", "duckdb-engine"}
BROUGHT_ALONG = {"sqlalchemy", "starlette"}  # by Airflow and Great Expectations, which settle their versions


def find_imported(*folders: str, without: Path | None = None) -> set[str]:
    """The distributions that the Python files below some folders import, by their normal names.

    without: a folder among these that is left out.
    """
    modules: set[str] = set()
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    for path in (path for path in paths if without is None or not path.is_relative_to(without)):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                modules |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules.add(node.module.split(".")[0])
    of_module = packages_distributions()
    ours = modules - set(sys.stdlib_module_names) - {"pipeline", "tests", "deploy"}
    return {name.lower().replace("_", "-") for module in ours for name in of_module.get(module, [])}


def read_names(requirements: list[str]) -> set[str]:
    return {re.match(r"[\w.-]+", requirement)[0].lower().replace("_", "-") for requirement in requirements}


def test_a_dependency_of_a_run_is_imported_by_it_and_one_that_only_tests_import_is_not_among_them() -> None:
    declared = read_names(PROJECT["dependencies"])
    imported = find_imported("pipeline", "dags", "deploy", without=ROOT / "pipeline" / "spark")
    assert declared - imported - NOT_IMPORTED == set()
    of_airflow = {name for name in imported if name.startswith("apache-airflow")}
    brought_along = of_airflow | BROUGHT_ALONG
    assert imported - declared - brought_along == set()


def test_only_the_engine_on_spark_imports_what_its_extra_brings() -> None:
    """PySpark is not installed where most tests run, so that its modules are looked for by their name."""
    extra = read_names(PROJECT["optional-dependencies"]["spark"])
    files = {path: path.read_text() for path in (ROOT / "pipeline").rglob("*.py")}
    importing = {
        path for path, text in files.items() if re.search(r"(?m)^\s*(from|import) (pyspark|sqlglot)\b", text)
    }
    assert importing and all(path.is_relative_to(ROOT / "pipeline" / "spark") for path in importing)
    assert extra == {"pyspark", "sqlglot"}


def test_what_tests_import_is_declared() -> None:
    declared = read_names(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"])
    brought_along = {name for name in find_imported("tests") if name.startswith("apache-airflow")} | BROUGHT_ALONG
    assert find_imported("tests") - declared - brought_along == set()


def test_make_help_lists_every_target() -> None:
    text = (ROOT / "Makefile").read_text()
    (phony,) = re.findall(r"(?m)^\.PHONY: (.*)$", text)
    listed = subprocess.run(["make", "-s", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert {line.split()[0] for line in listed.splitlines()} == set(phony.split())
    assert set(re.findall(r"(?m)^([a-z][\w-]*):(?!=)", text)) == set(phony.split())


def test_the_gate_runs_targets_that_exist_and_the_hook_runs_the_check() -> None:
    (parts,) = re.findall(r"for part in (.*); do", (ROOT / ".ci" / "run").read_text())
    assert set(parts.split()) <= set(re.findall(r"(?m)^([a-z][\w-]*):", (ROOT / "Makefile").read_text()))
    hooks = (ROOT / ".pre-commit-config.yaml").read_text()
    assert "entry: make check" in hooks and "http" not in hooks
