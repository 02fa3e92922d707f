"""What the installed code knows of a snapshot's tables and rules, where the snapshot was made by that very code.

A snapshot holds its rules and their outcomes, not which table reads which, nor what a condition of a rule means: both
are in the SQL and the expectations. They are stated only where the hashes in its manifest are those of the files
installed here; of any other snapshot they are not known.
"""

from collections.abc import Mapping
from functools import cache

from pipeline import models, resources
from pipeline.quality.circumstances import read_declared
from pipeline.quality.dependencies import SOURCE, find_downstream, read_parents
from pipeline.quality.guidance import DELIVERY_TABLES
from pipeline.site.context import Context

PUBLISHED = "summary."


def list_affected(context: Context) -> Mapping[str, tuple[str, ...]] | None:
    """By table the published tables that are made from it, itself among them; None where that is not known."""
    if context.manifest.get("made_from", {}).get("selects") != _hash_selects():
        return None
    return _find_affected()


def list_conditions(context: Context) -> Mapping[str, str]:
    """By condition under which a rule is not applicable why there is one; empty where that is not known."""
    if context.manifest.get("made_from", {}).get("expectations") != _hash_expectations():
        return {}
    declared = read_declared(resources.EXPECTATIONS / "conditions.yaml")
    return {name: each.why for name, each in declared.items()}


@cache
def _find_affected() -> dict[str, tuple[str, ...]]:
    parents = read_parents(resources.SQL)
    sources = {name for read in parents.values() for name in read if name.startswith(SOURCE)}
    first = {table: {table} for table in parents} | dict.fromkeys(DELIVERY_TABLES, sources)
    return {
        table: tuple(each for each in parents if each.startswith(PUBLISHED) and each in found)
        for table, begun in first.items()
        for found in [find_downstream(parents, begun) | begun]
    }


@cache
def _hash_selects() -> str:
    return models.hash_files(resources.SQL, "*.sql", "*.txt", "*.csv", without=("codes",))


@cache
def _hash_expectations() -> str:
    return models.hash_files(resources.EXPECTATIONS, "*.yaml", "*.yml", "*.txt")
