"""Which table is built from which, so that what failed because something else did can be told apart from it."""

import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path

from pipeline.models import ESTIMATES, Estimate, Model, load_models
from pipeline.quality.suites import list_built_tables

SOURCE = "source "  # the node of what a source delivered: `source faers`
_STAGES = ("meta", "clean", "events", "intermediate", "summary", "verify")
NAME = re.compile(r"\b\w+\.\w+")


@cache
def read_parents(sql_dir: Path) -> Mapping[str, frozenset[str]]:
    """By table what it reads: other tables, and `source NAME` where it reads what that source delivered.

    Raises NightvigilError when the list of models and the files of models disagree.
    """
    return find_parents(load_models(sql_dir))


def find_parents(models: Sequence[Model | Estimate]) -> Mapping[str, frozenset[str]]:
    """By table of these models, in their order, what it reads: other tables of them, and `source NAME`."""
    known = {model.table for model in models}
    return {model.table: frozenset(_find_parents(model, known)) for model in models}


def find_downstream(parents: Mapping[str, Collection[str]], first: Collection[str]) -> set[str]:
    """Every table that reads one of these, directly or through another; not these themselves.

    parents: in build order, so that one pass finds all.
    """
    found = set(first)
    for table, read in parents.items():
        if found.intersection(read):
            found.add(table)
    return found - set(first)


def rank_suites(sql_dir: Path) -> dict[str, tuple[int, int]]:
    """By table its stage (what was received, clean, events, intermediate, summary, verify) and its place there."""
    listed = list_built_tables(sql_dir)
    return {table: (_STAGES.index(table.partition(".")[0]), place) for place, table in enumerate(listed)}


def _find_parents(model: Model | Estimate, known: Collection[str]) -> set[str]:
    named = set(NAME.findall(read_text(model)))
    delivered = {name.removeprefix("typed.").split("_")[0] for name in named if name.startswith("typed.")}
    return {name for name in named if name in known and name != model.table} | {SOURCE + name for name in delivered}


def read_text(model: Model | Estimate) -> str:
    """What a model reads from: its SELECT, or its module with the modules it shares with others."""
    if isinstance(model, Model):
        return "\n".join(line.split("--")[0] for line in model.sql.splitlines())
    text = model.path.read_text()
    shared = re.findall(r"pipeline\.estimates\.(_\w+)", text)
    return "\n".join([text, *((ESTIMATES / f"{name}.py").read_text() for name in shared)])
