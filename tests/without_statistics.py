"""A copy of `sql/` and `expectations/` without the statistics, for faster runs and for comparison."""

import csv
import re
import shutil
from pathlib import Path

from pipeline.models import Estimate, Model, find_model_files, load_models, load_views
from pipeline.quality.suites import SUITE_LIST, list_suites
from pipeline.resources import ROOT as PROJECT
from tests.repetitions import IN_FULL


def remove_statistics(folder: Path) -> tuple[dict[str, str], list[str]]:
    """Write the copy below `folder`; return the settings that make a run use it, and the removed tables."""
    shutil.copytree(PROJECT / "sql", folder / "sql")
    shutil.copytree(PROJECT / "expectations", folder / "expectations")
    removed = find_statistics(load_models(PROJECT / "sql"))
    remove_tables(folder / "sql", folder / "expectations", set(removed))
    settings = {"SQL_DIR": folder / "sql", "EXPECTATIONS_DIR": folder / "expectations"}
    return {f"NIGHTVIGIL_{name}": str(path) for name, path in settings.items()}, removed


def choose_tables(folder: Path) -> dict[str, Path]:
    """The settings by which a run of the gate goes without the statistics; none in the repetitions, which build every
    table."""
    if IN_FULL:
        return {}
    remove_statistics(folder)
    return {"sql_dir": folder / "sql", "expectations_dir": folder / "expectations"}


def remove_tables(sql_dir: Path, expectations_dir: Path, removed: set[str]) -> None:
    """Take tables out of a copy: their SELECTs, their rules, the views and macros that read them, and what lists and
    contract say of all these."""
    removed = removed | _remove_views(sql_dir, removed)
    removed |= _remove_macros(sql_dir, removed)
    for files in (find_model_files(sql_dir), list_suites(expectations_dir)):
        for name, path in files.items():
            if ".".join(name.split(".")[:2]) in removed:  # a part that continues a table goes with it
                path.unlink()
    for listed in (sql_dir / "order.txt", expectations_dir / SUITE_LIST):
        kept = [line for line in listed.read_text().splitlines() if line.split("#")[0].strip() not in removed]
        listed.write_text("\n".join(kept) + "\n")
    for contract in (sql_dir / "columns.csv", sql_dir / "tables.csv"):
        with contract.open(newline="", encoding="utf-8") as file:
            rows = [row for row in csv.reader(file) if row[0] not in removed]
        with contract.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)


def _remove_views(sql_dir: Path, removed: set[str]) -> set[str]:
    """Take out the views that read a removed table, or a view that does; return them."""
    views, gone = load_views(sql_dir), set[str]()
    for view in views:  # a view reads only those above it
        if find_reads(view.sql) & (removed | gone):
            view.path.unlink()
            gone.add(view.table)
    kept = [view.name for view in views if view.table not in gone]
    (sql_dir / "answer" / "order.txt").write_text("".join(f"{name}\n" for name in kept))
    return gone


def _remove_macros(sql_dir: Path, removed: set[str]) -> set[str]:
    """Take out the macros that read a removed table; return them as the contract names them."""
    path = sql_dir / "macros.sql"
    statements = re.split(r"(?<=;)\n(?=\n)", path.read_text())
    gone = [text for text in statements if find_reads(text) & removed]
    path.write_text("\n".join(text for text in statements if text not in gone))
    return {f"main.{name}" for text in gone for name in re.findall(r"create or replace macro (\w+)", text)}


def find_reads(text: str) -> set[str]:
    """The tables and views that a text names."""
    return set(re.findall(r"\b(?:clean|events|intermediate|summary|verify|answer)\.\w+", text))


def find_statistics(listed: list[Model | Estimate]) -> list[str]:
    """Estimates in Python, tables named signal, tables that read those, and tables only those read, in build
    order."""
    texts = {model.table: model.path.read_text() if isinstance(model, Estimate) else model.sql for model in listed}
    helpers = "".join(path.read_text() for path in (PROJECT / "pipeline" / "estimates").glob("_*.py"))
    estimates = {model.table for model in listed if isinstance(model, Estimate)}
    removed = estimates | {model.table for model in listed if model.name.startswith("signal")}
    reads = {table: set(find_reads(text + (helpers if table in estimates else ""))) for table, text in texts.items()}
    while True:
        readers = {table: {other for other in texts if other != table and table in reads[other]} for table in texts}
        more = {table for table in texts if reads[table] & removed - {table}}
        more |= {table for table in texts if readers[table] and readers[table] <= removed}
        if more <= removed:
            return [table for table in texts if table in removed]
        removed |= more
