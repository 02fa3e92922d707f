"""Precision and recall of the recognition of drug names, against the answer key.

A name is coded as a report without ingredients would be: by `sql/typed/faers_drug_name.sql`, and magnesium beside a
mixture's companion does not count (`sql/typed/faers_exposure.sql`).
"""

import subprocess
import tarfile
import tempfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

import duckdb

from pipeline import models, typed
from pipeline.sources.faers.layout import COLUMNS
from tests.sql.reports.answer_keys import PROJECT, Score
from tests.sql.reports.names.lists import LabelledName

DRUGS = ("ketamine", "esketamine", "memantine", "dextromethorphan", "amantadine", "magnesium")
BEFORE = "71cc23d"
"""The last commit that looked names up whole."""

_TYPED = ("faers_drug_", "faers_exposure")


def code_names(names: Iterable[str], sql_dir: Path) -> dict[str, frozenset[str]]:
    """The drugs of the watch list by name, as the SQL of `sql_dir` codes reports that state no ingredient."""
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        typed.load_codes(connection, sql_dir)
        connection.execute("create schema raw; create schema typed")
        columns = ", ".join(f"{column} varchar" for column in COLUMNS["drug"].split())
        connection.execute(
            f"create table raw.faers_drug (period varchar, era varchar, line_number bigint, {columns})"
        )
        connection.execute(
            "insert into raw.faers_drug by name select '2010Q1' as period, 'laers' as era, number as line_number, "
            "number::varchar as primaryid, name as drugname "
            "from (select unnest(?::varchar[]) as name, generate_subscripts(?::varchar[], 1) as number)",
            [listed := sorted(set(names)), listed],
        )
        for model in models.load_typed_models(sql_dir, "faers"):
            if model.name.startswith(_TYPED):
                connection.execute(f"create table typed.{model.name} as\n{model.sql}")
        found = connection.execute(
            "select drugname, list(distinct drug) filter (where drug is not null) "
            "from raw.faers_drug left join typed.faers_exposure using (line_number) group by drugname"
        ).fetchall()
    return {name: frozenset(drugs or ()) for name, drugs in found}


def extract_sql(commit: str, target: Path) -> Path:
    """The folder `sql` of a commit, below `target`; raises CalledProcessError where the commit is unknown."""
    archive = subprocess.run(["git", "archive", commit, "sql"], cwd=PROJECT, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=BytesIO(archive)) as file:
        file.extractall(target, filter="data")
    return target / "sql"


def code_names_before(names: Iterable[str]) -> dict[str, frozenset[str]]:
    """The same by the commit BEFORE, which the history of the project must hold."""
    with tempfile.TemporaryDirectory() as folder:
        return code_names(names, extract_sql(BEFORE, Path(folder)))


def score_names(labelled: Iterable[LabelledName], coded: dict[str, frozenset[str]], drug: str) -> Score:
    """The score of one drug over these names."""
    pairs = [(drug in coded[name.name], drug in name.drugs) for name in labelled]
    return Score.count(pairs)
