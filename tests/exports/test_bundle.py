"""One question as a zip: complete, the same bytes each time, and its script gives the same numbers without us."""

import csv
import hashlib
import json
import subprocess
import sys
import venv
import zipfile
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from pipeline.errors import UsageError
from pipeline.exports.checklist import ITEMS
from tests.exports.conftest import Run

pytestmark = pytest.mark.slow

IDS = "1a 1b 2a 2b 2c 3 4a 4b 5a 5b 6a 6b 6c 6d 7a 7b 7c 7d 7e 8a 8b 9 10 11 12a 12b 12c 13 14a 14b 14c 14d"


@pytest.fixture(scope="module")
def unpacked(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of ketamine, intravenous, nausea or vomiting, unpacked."""
    folder = tmp_path_factory.mktemp("bundle")
    command = [sys.executable, "-m", "pipeline.cli", "bundle", "ketamine", "--route", "intravenous"]
    command += ["--reaction", "nausea_or_vomiting", "--to", str(folder / "bundle.zip")]
    subprocess.run(command, check=True, capture_output=True, env=make_environment(sample_home))
    with zipfile.ZipFile(folder / "bundle.zip") as archive:
        archive.extractall(folder)
    return next(path for path in folder.iterdir() if path.is_dir())


def make_environment(home: Path) -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[2])
    return {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": root,
        "NIGHTVIGIL_HOME": str(home),
        "NIGHTVIGIL_MEMORY_LIMIT": "600MB",
    }


def make_empty_environment(folder: Path) -> Path:
    """An environment of Python that holds DuckDB and nothing else; return its interpreter."""
    venv.create(folder, with_pip=False, symlinks=True)
    (packages,) = folder.glob("lib/python3*/site-packages")
    installed = Path(duckdb.__file__).resolve().parent.parent
    for path in (installed / "duckdb", *installed.glob("_duckdb*.so"), *installed.glob("duckdb-*.dist-info")):
        (packages / path.name).symlink_to(path)
    return folder / "bin" / "python"


def run_script(unpacked: Path, home: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    python = make_empty_environment(folder)
    script = (
        "import sys, pathlib; sys.argv = sys.argv[1:]; import runpy; runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    command = [python, "-I", "-c", script, unpacked / "reproduce.py", home / "published" / "current"]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"}, cwd="/"
    )


def test_the_script_reproduces_every_number_in_an_empty_environment(
    unpacked: Path, sample_home: Path, tmp_path: Path
) -> None:
    """Python and DuckDB alone: no pandas, no project, no other package can be imported there."""
    python = make_empty_environment(tmp_path / "probe")
    probe = (
        "import duckdb\nfor name in ('pandas', 'numpy', 'pyarrow', 'pipeline'):\n    try:\n        __import__(name)\n"
    )
    probe += "    except ImportError:\n        continue\n    raise SystemExit(name)\n"
    subprocess.run([python, "-I", "-c", probe], check=True, env={"PATH": "/usr/bin:/bin"}, cwd="/")
    done = run_script(unpacked, sample_home, tmp_path / "environment")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("INVENTED DATA") and lines[-1] == "all the same"
    assert any(line.startswith("same     counts from single cases: ") for line in lines)
    assert sum(line.startswith("same     query of tables/") for line in lines) == 14
    assert "DIFFERS" not in done.stdout and " 0 cells" not in done.stdout


def test_the_script_finds_a_table_that_was_changed(unpacked: Path, sample_home: Path, tmp_path: Path) -> None:
    path = unpacked / "tables" / "signal.csv"
    before = path.read_bytes()
    path.write_bytes(before.replace(b"intravenous", b"intravenouS", 1))
    done = run_script(unpacked, sample_home, tmp_path / "environment")
    path.write_bytes(before)
    assert done.returncode == 1
    wrong = [line for line in done.stdout.splitlines() if line.startswith("DIFFERS")]
    assert [line.split(":")[0] for line in wrong] == [
        "DIFFERS  tables/signal.csv",
        "DIFFERS  query of tables/signal.csv",
    ]


def test_every_file_has_its_hash_and_the_data_are_said_to_be_invented(unpacked: Path) -> None:
    manifest = json.loads((unpacked / "manifest.json").read_text())
    present = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    assert set(manifest["files"]) == present - {"manifest.json", "SHA256SUMS"}
    for name, stated in manifest["files"].items():
        assert hashlib.sha256((unpacked / name).read_bytes()).hexdigest() == stated["sha256"], name
    assert manifest["is_synthetic"] is True
    assert manifest["caveats"][0].startswith("INVENTED DATA")
    for name in ("README.txt", "METHODS.md"):
        assert "INVENTED DATA" in (unpacked / name).read_text()
    sums = dict(reversed(line.split("  ")) for line in (unpacked / "SHA256SUMS").read_text().splitlines())
    assert set(sums) == present - {"SHA256SUMS"}


def test_the_tables_are_of_the_question(unpacked: Path) -> None:
    rows = list(csv.DictReader((unpacked / "tables" / "reported_by_drug_route.csv").open()))
    assert {row["drug"] for row in rows} == {"ketamine"}
    assert {row["route"] for row in rows} == {"intravenous", "any", "not_intravenous", "unknown"}
    assert {row["reaction"] for row in rows} == {"nausea_or_vomiting", "nausea", "vomiting"}
    terms = list(csv.DictReader((unpacked / "tables" / "reaction_terms.csv").open()))
    assert {"Nausea", "Vomiting"} <= {row["preferred_term"] for row in terms}


def test_the_checklist_has_all_items_each_with_a_status(unpacked: Path) -> None:
    rows = list(csv.DictReader((unpacked / "READUS-PV.csv").open()))
    assert " ".join(row["item"] for row in rows) == IDS and len(rows) == 32
    assert all(row["answer"] and "{" not in row["answer"] for row in rows)
    statuses = Counter(row["status"] for row in rows)
    assert set(statuses) == {"answered by this bundle", "assigned to the author", "missing"}
    by_item = {row["item"]: row for row in rows}
    assert by_item["10"]["status"] == by_item["7d"]["status"] == "missing"
    assert by_item["14a"]["status"] == by_item["14b"]["status"] == "assigned to the author"
    assert "ROR" in by_item["9"]["answer"] and "intravenous" in by_item["9"]["answer"]


def test_items_are_in_words_of_our_own() -> None:
    """The statement is under a licence for non-commercial use: its sentences are not copied."""
    text = ITEMS.read_text()
    assert "should be identified as" not in text and "Specify" not in text and "Describe" not in text


def test_the_citation_names_no_person() -> None:
    text = (Path(__file__).resolve().parents[2] / "CITATION.cff").read_text()
    assert "cff-version: 1.2.0" in text
    assert not any(name in text for name in ("family-names", "given-names", "email", "orcid"))


def test_the_same_question_gives_the_same_bytes(sample_home: Path, run: Run, tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        run(sample_home, "bundle", "memantine", "--reaction", "confusion", "--to", tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["ketamin"], "no drug 'ketamin'"),
        (["ketamine", "--route", "iv"], "no route 'iv'"),
        (["ketamine", "--reaction", "hallucinations"], "no reaction 'hallucinations'"),
    ],
)
def test_an_unknown_word_is_refused_with_the_words_there_are(
    sample_home: Path, run: Run, tmp_path: Path, arguments: list[str], what: str
) -> None:
    with pytest.raises(UsageError, match=what) as refusal:
        run(sample_home, "bundle", *arguments, "--to", tmp_path / "x.zip")
    assert {"ketamin": "ketamine", "iv": "intravenous", "hallucinations": "hallucination"}[arguments[-1]] in (
        refusal.value.todo
    )
