"""A build that takes unchanged tables over from the live snapshot equals one that makes every table anew."""

import random
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from pipeline import intake, nightly, publishing, quality, runs
from pipeline.publishing.logical_hash import fingerprint_tables
from pipeline.publishing.parquet_tables import write_parquet_tables
from pipeline.publishing.retention import read_lineage
from pipeline.quality.verdict import RuleResult, Verdict, read_verdict, write_verdict
from pipeline.settings import Settings
from tests.quality.honest_worlds import PERIODS, draw_shape, find_offers, write_honest_trials, write_honest_world
from tests.repetitions import choose_count

MOST_CASES = 200
SEEDS = range(choose_count(10, 200))


def write_deliveries(folder: Path, seed: int, dice: random.Random) -> list[Path]:
    """Three quarters, one of them received again with other cases, and two files of trials."""
    periods = tuple(sorted(dice.sample(PERIODS, 3)))
    shape = replace(
        draw_shape(seed, MOST_CASES), periods=periods, trial_count=dice.choice((1, 3, choose_count(8, 20)))
    )
    files = write_honest_world(folder / "first" / "faers", shape, seed)
    again = replace(shape, periods=(dice.choice(periods),))
    files += write_honest_world(folder / "again" / "faers", again, seed + 1000)
    for part in (seed, seed + 1000):
        files += [
            path.rename(path.with_name(f"{part}_{path.name}"))
            for path in write_honest_trials(folder / str(part) / "clinicaltrials", shape, part)
        ]
    return files


def deal_nights(files: list[Path], dice: random.Random) -> list[list[Path]]:
    """The deliveries in any order over two or three nights; two with one name never come in one."""
    while True:
        dice.shuffle(files)
        starts = [0, *sorted(dice.sample(range(1, len(files)), dice.choice((1, 2)))), len(files)]
        nights = [files[begin:end] for begin, end in pairwise(starts)]
        if all(len({path.name for path in night}) == len(night) for night in nights):
            return nights


def land(settings: Settings, files: list[Path]) -> str:
    """Land copies of the files, the folder of each naming its source, and begin a run."""
    for file in files:
        inbox = settings.inbox / file.parent.name
        inbox.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, inbox)
    landed = [intake.land_delivery(settings, offer) for offer in find_offers(settings)]
    assert {outcome["status"] for outcome in landed} == {"landed"}, landed
    return nightly.start_run(settings, landed)


def build(settings: Settings, run_id: str) -> dict[str, list[int]]:
    """Row count and content of every table of a build."""
    with duckdb.connect(nightly.build(settings, run_id), read_only=True) as connection:
        return fingerprint_tables(connection)


def publish(settings: Settings, run_id: str) -> None:
    """Publish without judging: what the gate says of small worlds is proved elsewhere."""
    result = RuleResult("summary.signal", "is taken as sound", "", "volume", "critical", "passed", why="not judged")
    write_verdict(Verdict((result,), 1, "sample", runs.now()), runs.run_dir(settings, run_id) / "quality.json")
    nightly.publish(settings, run_id)


def read_published(settings: Settings, run_id: str) -> dict[str, bytes]:
    """The published Parquet files, of which some are links to those of the snapshot before."""
    folder = publishing.snapshot_path(settings, run_id) / "tables"
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def write_anew(settings: Settings, run_id: str, folder: Path) -> dict[str, bytes]:
    """The same files written from the tables of the snapshot."""
    with duckdb.connect(str(publishing.database_path(settings, run_id)), read_only=True) as connection:
        write_parquet_tables(connection, folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.proof
@pytest.mark.timeout(2400)
@pytest.mark.parametrize("seed", SEEDS)
def test_night_equals_a_night_from_nothing(seed: int, tmp_path: Path) -> None:
    """Every table after the last night, `meta` included: quarters in any order, one re-issued, and trials."""
    dice = random.Random(seed)
    *earlier, last = deal_nights(write_deliveries(tmp_path, seed, dice), dice)
    settings = Settings(home=tmp_path / "home")
    for night in earlier:
        run_id = land(settings, night)
        nightly.build(settings, run_id)
        publish(settings, run_id)
    run_id = land(settings, last)
    anew = build(settings.model_copy(update={"rebuild_days": 0}), run_id)
    assert build(settings, run_id) == anew
    publish(settings, run_id)
    assert publishing.verify(settings, run_id, deep=True) == []
    assert read_published(settings, run_id) == write_anew(settings, run_id, tmp_path / "anew")
    chain = [publishing.read_manifest(settings, snapshot)["taken_over"] for snapshot in read_lineage(settings)]
    assert any(each["tables"] for each in chain)


@pytest.mark.proof
@pytest.mark.timeout(1200)
def test_outcomes_carried_over_are_those_of_asking_again(tmp_path: Path) -> None:
    """A night of trials after one of two quarters and trials: every outcome, number and sample row."""
    shape = replace(draw_shape(7, MOST_CASES), periods=PERIODS[:2], trial_count=8)
    quarters = write_honest_world(tmp_path / "quarters" / "faers", shape, 7)
    trials = [
        path
        for count in (8, 9)  # the second file holds the trials of the first and another
        for path in write_honest_trials(
            tmp_path / str(count) / "clinicaltrials", replace(shape, trial_count=count), 7
        )
    ]
    settings = Settings(home=tmp_path / "home")
    first = land(settings, [*quarters, trials[0]])
    nightly.build(settings, first)
    nightly.judge(settings, first)
    nightly.publish(settings, first)
    second = land(settings, trials[1:])
    candidate = Path(nightly.build(settings, second))
    nightly.judge(settings.model_copy(update={"profile": "sample"}), second)
    assert not read_verdict(runs.run_dir(settings, second) / "quality.json").carried, "judged with other settings"
    nightly.judge(settings, second)
    carried = read_verdict(runs.run_dir(settings, second) / "quality.json")
    assert {result.carried_from for result in carried.carried} == {first}
    assert len(carried.carried) > 800
    live = publishing.database_path(settings, first)
    asked = quality.judge(settings, candidate, tmp_path / "again", live)
    assert not asked.carried
    assert [replace(result, carried_from=None) for result in carried.results] == list(asked.results)

    nightly.publish(settings, second)
    with duckdb.connect(str(publishing.database_path(settings, second)), read_only=True) as connection:
        published = connection.execute(
            "select carried_from, count(*) from meta.quality_result group by all"
        ).fetchall()
    assert dict(published) == {first: len(carried.carried), None: len(carried.results) - len(carried.carried)}
