"""The sample world is reproducible, visibly invented, and contains every situation it documents."""

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from pipeline.sample.world import write_world

World = dict[str, bytes]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("world")
    write_world(target)
    return target


@pytest.fixture(scope="module")
def answer(folder: Path) -> Any:
    return json.loads((folder / "expected.json").read_text())


@pytest.fixture(scope="module")
def members(folder: Path) -> World:
    """Every member of every archive, by the name of its file."""
    found = {}
    for path in (folder / "faers").glob("*.zip"):
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            found |= {f"{path.name}/{name}": archive.read(name) for name in archive.namelist()}
    return found


def files(folder: Path) -> World:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_same_seed_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    write_world(tmp_path)
    assert files(tmp_path) == files(folder)


def test_another_seed_gives_another_world(folder: Path, tmp_path: Path) -> None:
    write_world(tmp_path, seed=1, cases_per_period=10)
    assert files(tmp_path)["expected.json"] != files(folder)["expected.json"]


def test_every_archive_states_that_it_is_synthetic(members: World) -> None:
    readmes = [content for name, content in members.items() if name.endswith("README_SYNTHETIC.txt")]
    assert len(readmes) == 6
    assert all(content.startswith(b"SYNTHETIC") for content in readmes)


def test_case_numbers_are_in_the_invented_range(answer: Any) -> None:
    assert all(re.fullmatch(r"99\d{5}|99\d{6}", case) for case in answer["current_cases"])


def test_trials_are_called_invented(folder: Path) -> None:
    studies = [json.loads(path.read_text()) for path in (folder / "clinicaltrials").rglob("*.json")]
    names = [study["protocolSection"]["identificationModule"] for study in studies]
    assert len(names) == 32
    assert all(name["briefTitle"].startswith("Invented:") and name["nctId"].startswith("NCT990000") for name in names)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("DRUG11Q4", b"7941354$1018188213$SS$MEMANTINE HYDROCHLORIDE"),
        ("DEMO12Q4", "MÜNCHEN".encode("cp1252")),
        ("DEMO24Q1", b"\xef\xbb\xbfprimaryid"),
        ("DEMO19Q1", b"\x7f"),
        ("DEMO17Q2", b'INVENTED "PHARMA'),
        ("DEMO17Q2", b"990189112$9901891$12$"),
        ("DEMO17Q2", b"990189112$99018911$2$"),
        ("DEMO17Q2", b"990007779$99000777$9$"),
        ("DEMO19Q1", b"9900077710$99000777$10$"),
        ("REAC17Q2", b"$Hallucination, visual$"),
        ("REAC11Q4", b"$DEPERSONALISATION$"),
        ("DRUG19Q1", b"$DN$"),
        ("DRUG17Q2", b"$DONEPEZIL HYDROCHLORIDE\\MEMANTINE HYDROCHLORIDE$"),
        ("DRUG17Q2", b"$ESOMEPRAZOLE MAGNESIUM$"),
        ("ADR19Q1DeletedCases", b"99000800\n"),
        ("DELETE24Q1", b"caseid\n"),
    ],
)
def test_world_contains_every_real_kind_of_fault(members: World, file: str, text: bytes) -> None:
    content = next(content for name, content in members.items() if f"/{file}.t" in name.replace(".TXT", ".txt"))
    assert text in content


def test_expected_results_add_up(answer: Any) -> None:
    steps = answer["attrition"]
    gone = steps["withdrawn_version_count"] + steps["superseded_version_count"]
    assert steps["report_version_count"] - gone == steps["current_case_count"] == len(answer["current_cases"])


def test_every_watched_drug_has_cases_and_every_reaction_is_reported(answer: Any) -> None:
    rows = answer["reported_by_drug_route"]
    drugs = {row["drug"] for row in rows if row["drug_route_case_count"] > 20}
    assert drugs >= {"ketamine", "esketamine", "ketamine_any", "memantine", "dextromethorphan", "amantadine"}
    assert drugs >= {"magnesium", "magnesium_parenteral", "magnesium_oral", "magnesium_gastrointestinal"}
    assert {row["reaction"] for row in rows if row["case_count"] and row["definition"] == "narrow"} == {
        row["reaction"] for row in rows
    }


def test_few_enough_lines_are_broken_for_the_gate(answer: Any) -> None:
    """Below half a per cent of any file, and yet some in most quarters."""
    counts = [table for tables in answer["lines"].values() for table in tables.values()]
    assert all(table["quarantined_lines"] <= 0.005 * table["physical_lines"] for table in counts)
    assert sum(table["quarantined_lines"] for table in counts) == 4
