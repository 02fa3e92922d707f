"""The sources: every module of this package is one, and defines its record as SOURCE. They never meet one another.

A source is found by listing the package, so that adding one edits no existing file.
"""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from pipeline.errors import NightvigilError, UsageError
from pipeline.sources.record import Source


@cache
def load_sources() -> tuple[Source, ...]:
    """Every source: those of reports, then those of trials, each in order of name.

    Raises NightvigilError when a module defines no record, or two records could be taken for one another.
    """
    names = [module.name for module in iter_modules(__path__) if module.name != "record"]
    sources = [_read_record(name) for name in names]
    _require_distinct(sources)
    return tuple(sorted(sources, key=lambda source: (source.wing, source.name)))


def find_source(name: str) -> Source:
    """The source of that name; raises UsageError where there is none."""
    sources = {source.name: source for source in load_sources()}
    if name not in sources:
        raise UsageError(f"there is no source {name!r}", where="SOURCE", todo=f"use one of: {', '.join(sources)}")
    return sources[name]


def _read_record(name: str) -> Source:
    record = getattr(import_module(f"{__name__}.{name}"), "SOURCE", None)
    if not isinstance(record, Source) or record.name != name:
        raise NightvigilError(
            "a module of sources defines no record of its own name",
            where=f"pipeline/sources/{name}",
            todo=f"define SOURCE = Source(name={name!r}, ...) there, or move the module out of the package",
        )
    return record


def _require_distinct(sources: list[Source]) -> None:
    for source in sources:
        for other in sources:
            if source is other:
                continue
            if source.asset == other.asset or other.name.startswith(f"{source.name}_"):
                raise NightvigilError(
                    f"the sources {source.name} and {other.name} share an asset or the names of typed models",
                    where=f"pipeline/sources/{other.name}",
                    todo="give each an asset of its own, and a name that does not begin with the other's and '_'",
                )
