"""No module needs itself to be imported, and what is left out of the build identity is imported by nothing in it.

Imports inside functions and `if TYPE_CHECKING` count too: a cycle at run time is a cycle.
"""

import ast
import textwrap
from pathlib import Path

import pytest

from pipeline.identity import NOT_OF_THE_BUILD
from pipeline.resources import PACKAGE


def name_module(path: Path, root: Path) -> str:
    return ".".join(path.relative_to(root.parent).with_suffix("").parts).removesuffix(".__init__")


def read_imports(root: Path) -> dict[str, set[str]]:
    """By module of the package at `root`, the modules of the same package that its text imports, wherever it does."""
    paths = {name_module(path, root): path for path in sorted(root.rglob("*.py"))}
    found: dict[str, set[str]] = {}
    for module, path in paths.items():
        names: set[str] = set()
        package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                base = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1]) if node.level else ""
                source = ".".join(part for part in (base, node.module) if part)
                # `from package import name` needs the module of that name, or else what the package itself defines.
                for alias in node.names:
                    names.add(f"{source}.{alias.name}" if f"{source}.{alias.name}" in paths else source)
        found[module] = (names & paths.keys()) - {module}
    return found


def find_cycle(imports: dict[str, set[str]]) -> list[str]:
    """The modules of one cycle, the first repeated at the end; empty where there is none."""
    finished: set[str] = set()

    def visit(module: str, trail: list[str]) -> list[str]:
        if module in trail:
            return [*trail[trail.index(module) :], module]
        if module in finished:
            return []
        for needed in sorted(imports[module]):
            if cycle := visit(needed, [*trail, module]):
                return cycle
        finished.add(module)
        return []

    for module in imports:
        if cycle := visit(module, []):
            return cycle
    return []


def test_no_module_of_the_pipeline_imports_itself_through_others() -> None:
    assert " -> ".join(find_cycle(read_imports(PACKAGE))) == ""


@pytest.mark.parametrize(
    "text",
    [
        "from p import b",
        "import p.b",
        "from . import b",
        "def f():\n    from p.b import x",
        "def f():\n    from .b import x",
    ],
)
def test_a_cycle_is_found_wherever_the_import_is(tmp_path: Path, text: str) -> None:
    package = tmp_path / "p"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "a.py").write_text(textwrap.dedent(text))
    (package / "b.py").write_text("def g():\n    import p.a\n")
    assert find_cycle(read_imports(package)) == ["p.a", "p.b", "p.a"]
    (package / "b.py").write_text("import json\n")
    assert find_cycle(read_imports(package)) == []


def test_nothing_of_the_build_imports_what_its_identity_leaves_out() -> None:
    """A module that a build can import may change what it publishes, so it must be hashed."""
    left_out = tuple(f"pipeline.{name.removesuffix('.py')}" for name in NOT_OF_THE_BUILD)

    def is_left_out(module: str) -> bool:
        return any(module == name or module.startswith(f"{name}.") for name in left_out)

    imports = read_imports(PACKAGE)
    assert {module for module in imports if is_left_out(module)}, "the names are those of modules"
    reached = {
        (module, needed)
        for module, names in imports.items()
        if not is_left_out(module)
        for needed in names
        if is_left_out(needed)
    }
    assert reached == set()
