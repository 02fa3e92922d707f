"""Determines which volume profile a candidate is judged by, and stamps it before anything is judged."""

from pathlib import Path
from typing import Any

import duckdb

from pipeline.quality.circumstances import find_circumstances, read_declared
from pipeline.settings import Settings


def stamp_profile(settings: Settings, candidate: Path) -> str:
    """Write the profile that holds for this candidate into its `meta.snapshot`, and return its name.

    Raises NightvigilError when `expectations/profiles.yaml` cannot say.
    """
    profiles = read_declared(settings.expectations_dir / "profiles.yaml")
    with duckdb.connect(str(candidate)) as connection:

        def ask(query: str) -> list[dict[str, Any]]:
            answer = connection.execute(query)
            columns = [column[0] for column in answer.description or []]
            return [dict(zip(columns, row, strict=True)) for row in answer.fetchall()]

        (named,) = ask("select current_database() as catalog")
        circumstances = find_circumstances(ask, profiles, settings.profile, named["catalog"], has_earlier=False)
        connection.execute("update meta.snapshot set profile = ?", [circumstances.profile])
        connection.execute("checkpoint")
    return circumstances.profile
