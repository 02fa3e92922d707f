"""A copy of `sql/` and `expectations/` without the statistics, so that a night with them has one to compare with."""

import csv
import re
import shutil
from pathlib import Path

from pipeline.models import Estimate, Model, find_model_files, load_models
from pipeline.quality.suites import list_suites
from pipeline.settings import PROJECT


def strike_statistics(folder: Path) -> tuple[dict[str, str], list[str]]:
    """Write the copy below `folder`; return the settings that point a night to it, and the tables left out."""
    shutil.copytree(PROJECT / "sql", folder / "sql")
    shutil.copytree(PROJECT / "expectations", folder / "expectations")
    struck = find_statistics(load_models(PROJECT / "sql"))
    strike_tables(folder / "sql", folder / "expectations", set(struck))
    settings = {"SQL_DIR": folder / "sql", "EXPECTATIONS_DIR": folder / "expectations"}
    return {f"NIGHTVIGIL_{name}": str(path) for name, path in settings.items()}, struck


def strike_tables(sql_dir: Path, expectations_dir: Path, struck: set[str]) -> None:
    """Take tables out of a copy: their SELECTs, their rules, and what list and contract say of them."""
    files = [find_model_files(sql_dir), list_suites(expectations_dir)]
    for path in [found[table] for found in files for table in struck & set(found)]:
        path.unlink()
    order = sql_dir / "order.txt"
    kept = [line for line in order.read_text().splitlines() if line.split("#")[0].strip() not in struck]
    order.write_text("\n".join(kept) + "\n")
    columns = sql_dir / "columns.csv"
    with columns.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.reader(file) if row[0] not in struck]
    with columns.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


def find_statistics(listed: list[Model | Estimate]) -> list[str]:
    """What Python estimates or is called a signal, what reads that, and what nobody else reads, in build order."""
    texts = {model.table: model.path.read_text() if isinstance(model, Estimate) else model.sql for model in listed}
    helpers = "".join(path.read_text() for path in (PROJECT / "pipeline" / "estimates").glob("_*.py"))
    estimates = {model.table for model in listed if isinstance(model, Estimate)}
    struck = estimates | {model.table for model in listed if model.name.startswith("signal")}
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
        more = {table for table in texts if reads[table] & struck - {table}}
        more |= {table for table in texts if readers[table] and readers[table] <= struck}
        if more <= struck:
            return [table for table in texts if table in struck]
        struck |= more
