"""Ten nights on which a sound home receives what is not sound: each shuts the gate, and the snapshot stays.

Each fault is one that a broken export, a mixed-up folder or a wrong script makes of sound files. None breaks a line.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import intake, nightly, publishing
from pipeline.errors import GateClosed
from pipeline.sample.world import archive_name, write_world
from pipeline.settings import Settings
from tests.airflow.reissue import blank_routes, drop_terms_of_several_words, issue_anew
from tests.repetitions import choose_some
from tests.without_statistics import choose_tables

pytestmark = pytest.mark.proof
NEW, OLD = "2024Q1", "2019Q1"
Rows = list[dict[str, str]]


def rewrite(change: Callable[[Rows], Rows]) -> Callable[[bytes], bytes]:
    """A change of the rows of one file, as a change of its bytes."""

    def write(content: bytes) -> bytes:
        header, *lines = content.decode("latin-1").splitlines()
        names = header.split("$")
        rows = [
            dict(zip(names, line.split("$"), strict=False)) for line in lines if line.count("$") == len(names) - 1
        ]
        return "\n".join([header, *("$".join(row.values()) for row in change(rows)), ""]).encode("latin-1")

    return write


def set_column(name: str, value: Callable[[str], str]) -> Callable[[bytes], bytes]:
    return rewrite(lambda rows: [row | {name: value(row[name])} for row in rows])


def cut_terms_at_the_comma(content: bytes) -> bytes:
    return set_column("pt", lambda term: term.split(",")[0].split(" ")[0])(content)


FAULTS: dict[str, tuple[str, str, Callable[[bytes], bytes]]] = {
    "outcomes of other reports": (NEW, "OUTC", set_column("primaryid", lambda number: f"7{number}")),
    "drugs of other reports": (NEW, "DRUG", set_column("primaryid", lambda number: f"7{number}")),
    "half of a quarter when issued anew": (OLD, "DEMO", rewrite(lambda rows: rows[::2])),
    "routes blank": (NEW, "DRUG", blank_routes),
    "terms of several words lost": (NEW, "REAC", drop_terms_of_several_words),
    "terms cut at the first blank": (NEW, "REAC", cut_terms_at_the_comma),
    "every outcome is hospitalisation when issued anew": (OLD, "OUTC", set_column("outc_cod", lambda code: "HO")),
    "every drug is concomitant when issued anew": (OLD, "DRUG", set_column("role_cod", lambda code: "C")),
    "every case is of the next century": (
        NEW,
        "DEMO",
        rewrite(
            lambda rows: [row | {name: f"21{row[name][2:]}" for name in ("init_fda_dt", "fda_dt")} for row in rows]
        ),
    ),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    write_world(folder, cases_per_period=80)
    return folder


@pytest.fixture(scope="module")
def live(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home that published every quarter but the newest, and every trial."""
    folder = tmp_path_factory.mktemp("live")
    settings = Settings(home=folder / "data", **choose_tables(folder / "plain"))
    shutil.copytree(world / "faers", settings.inbox / "faers", ignore=lambda *_: [archive_name(NEW)])
    shutil.copytree(world / "clinicaltrials", settings.inbox / "clinicaltrials")
    nightly.publish_run(settings, nightly.start_run(settings, intake.land_all(settings)))
    return settings


def run_second_night(live: Settings, home: Path, files: list[Path], source: str) -> list[str]:
    """A night on a copy of the home, over these files; the names of the rules that shut the gate."""
    settings = live.model_copy(update={"home": shutil.copytree(live.home, home / "data", symlinks=True)})
    before = publishing.current_snapshot(settings)
    for file in files:
        shutil.copy(file, settings.inbox / source)
    landed = intake.land_all(settings)
    assert "landed" in {outcome["status"] for outcome in landed}
    run_id = nightly.start_run(settings, landed)
    with pytest.raises(GateClosed):
        nightly.publish_run(settings, run_id)
    assert publishing.current_snapshot(settings) == before
    results = json.loads((settings.runs / run_id / "quality.json").read_text())["results"]
    blocking = [each for each in results if each["outcome"] in ("failed", "error") and each["severity"] == "critical"]
    return [f"{each['suite']}: {each['rule']}" for each in blocking]


@pytest.mark.parametrize("fault", choose_some(list(FAULTS), 4))
def test_dishonest_quarter_is_stopped(live: Settings, world: Path, tmp_path: Path, fault: str) -> None:
    period, table, change = FAULTS[fault]
    archive = Path(shutil.copy(world / "faers" / archive_name(period), tmp_path))
    issue_anew(archive, change, table)
    print(f"{fault}: {'; '.join(run_second_night(live, tmp_path, [archive], 'faers'))}")


def test_trials_that_lost_their_results_are_stopped(live: Settings, world: Path, tmp_path: Path) -> None:
    """Every study arrives again, later, without its results."""
    files = []
    for path in sorted((world / "clinicaltrials" / "invented_studies").glob("*.json")):
        study = json.loads(path.read_text()) | {"hasResults": False}
        study.pop("resultsSection", None)
        study["protocolSection"]["statusModule"]["lastUpdatePostDateStruct"] = {"date": "2026-11-01"}
        files.append(tmp_path / path.name)
        files[-1].write_text(json.dumps(study))
    print(f"results lost: {'; '.join(run_second_night(live, tmp_path, files, 'clinicaltrials'))}")
