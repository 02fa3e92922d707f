"""Write the source of the documentation site: `python -m docs_build TARGET`."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from docs_build import commands, dags, outcomes, settings, tables
from pipeline import resources
from pipeline.contract import load_contract

BESIDE = {  # Markdown that stands elsewhere, because it is read there as well
    "DECISIONS.md": "explanation/decisions.md",
    "CHANGELOG.md": "reference/changelog.md",
    "CONTRIBUTING.md": "how-to/contribute.md",
    "deploy/runbook.md": "how-to/runbook.md",
}


ASK = "how-to/ask.md"
"""The questions stand in README, where a newcomer meets them; the site shows the same section."""


def write_source(target: Path) -> None:
    """Make TARGET anew: the pages of `docs/`, those that stand elsewhere, and the generated ones."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(resources.ROOT / "docs", target)
    for source, name in BESIDE.items():
        shutil.copyfile(resources.ROOT / source, target / name)
    (target / ASK).write_text(cut_questions((resources.ROOT / "README.md").read_text()))
    for name, text in write_generated().items():
        (target / "reference" / name).write_text(text)


def cut_questions(readme: str) -> str:
    """The section "Ask it" of README as a page of its own."""
    section = readme.split("\n## Ask it\n")[1].split("\n## ", maxsplit=1)[0]
    return f"# Ask questions\n\n{section.strip()}\n".replace("\n### ", "\n## ")


def write_generated() -> dict[str, str]:
    """The pages that are made from code, by file name below `reference/`."""
    from pipeline.cli import app

    pages = tables.write_table_pages(load_contract(resources.SQL), resources.SQL)
    pages["command-line.md"] = commands.write_command_page(app)
    pages["settings.md"] = settings.write_settings_page((resources.ROOT / ".env.example").read_text())
    pages["exit-codes.md"] = outcomes.write_exit_code_page()
    pages["messages.md"] = outcomes.write_message_page()
    pages["dags.md"] = dags.write_dag_page(dags.load_dags(resources.ROOT / "dags"))
    return pages


def main(target: Path) -> None:
    """Write the source below TARGET, with an Airflow of its own: the settings of a person must not reach a page."""
    for name in [name for name in os.environ if name.startswith(("AIRFLOW_", "NIGHTVIGIL_"))]:
        del os.environ[name]
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"AIRFLOW_HOME": home, "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
        write_source(target)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
