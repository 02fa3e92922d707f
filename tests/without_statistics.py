"""A copy of `sql/` and `expectations/` without the statistics, for faster runs and for comparison."""

import csv
import re
import shutil
from pathlib import Path

from pipeline.models import Estimate, Model, find_model_files, load_models
from pipeline.quality.suites import SUITE_LIST, list_suites
from pipeline.resources import ROOT as PROJECT


def remove_statistics(folder: Path) -> tuple[dict[str, str], list[str]]:
    """Write the copy below `folder`; return the settings that make a run use it, and the removed tables."""
    shutil.copytree(PROJECT / "sql", folder / "sql")
    shutil.copytree(PROJECT / "expectations", folder / "expectations")
    removed = find_statistics(load_models(PROJECT / "sql"))
    remove_tables(folder / "sql", folder / "expectations", set(removed))
    settings = {"SQL_DIR": folder / "sql", "EXPECTATIONS_DIR": folder / "expectations"}
    return {f"NIGHTVIGIL_{name}": str(path) for name, path in settings.items()}, removed


def remove_tables(sql_dir: Path, expectations_dir: Path, removed: set[str]) -> None:
    """Take tables out of a copy: their SELECTs, their rules, and what list and contract say of them."""
    for files in (find_model_files(sql_dir), list_suites(expectations_dir)):
        for name, path in files.items():
            if ".".join(name.split(".")[:2]) in removed:  # a part that continues a table goes with it
                path.unlink()
    for listed in (sql_dir / "order.txt", expectations_dir / SUITE_LIST):
        kept = [line for line in listed.read_text().splitlines() if line.split("#")[0].strip() not in removed]
        listed.write_text("\n".join(kept) + "\n")
    columns = sql_dir / "columns.csv"
    with columns.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.reader(file) if row[0] not in removed]
    with columns.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


def find_statistics(listed: list[Model | Estimate]) -> list[str]:
    """Estimates in Python, tables named signal, tables that read those, and tables only those read, in build
    order."""
    texts = {model.table: model.path.read_text() if isinstance(model, Estimate) else model.sql for model in listed}
    helpers = "".join(path.read_text() for path in (PROJECT / "pipeline" / "estimates").glob("_*.py"))
    estimates = {model.table for model in listed if isinstance(model, Estimate)}
    removed = estimates | {model.table for model in listed if model.name.startswith("signal")}
    reads = {
        table: set(
            re.findall(
                r"\b(?:clean|events|intermediate|summary|verify)\.\w+", text + (helpers if table in estimates else "")
            )
        )
        for table, text in texts.items()
    }
    while True:
        readers = {table: {other for other in texts if other != table and table in reads[other]} for table in texts}
        more = {table for table in texts if reads[table] & removed - {table}}
        more |= {table for table in texts if readers[table] and readers[table] <= removed}
        if more <= removed:
            return [table for table in texts if table in removed]
        removed |= more
