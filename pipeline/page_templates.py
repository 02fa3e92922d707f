"""Templates of HTML pages, all with one protection: every value is escaped, and a name nobody gave is an error."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.printable import make_printable


def open_templates(folder: Path, *, clean: Callable[[str], str] = make_printable, is_indented: bool = False) -> Any:
    """The templates of a folder, as a Jinja environment.

    clean: what is done to each text before it is escaped; it takes out what moves or hides other text on a screen.
    is_indented: leave out the white space before a statement of the template.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # heavy, and Airflow reads what imports this

    def finish(value: Any) -> Any:
        return value if hasattr(value, "__html__") else clean(str(value))

    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=finish,
        trim_blocks=True,
        lstrip_blocks=is_indented,
    )
