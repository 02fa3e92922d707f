"""One bit flipped anywhere in landing, raw, typed, receipts or the snapshot is found before the file is read.

`make flips` draws two hundred bits and prints each with what found it.
"""

import json
import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pipeline import intake, nightly, publishing, typed
from pipeline.errors import NightvigilError, PublicationFailed
from pipeline.landing.hashes import UNHASHED
from pipeline.landing.landed import scrub
from pipeline.landing.receipts import RECEIPT_NAME, Receipt, current_receipts, read_receipts
from pipeline.landing.repair import ensure_raw, repair_receipts
from pipeline.settings import Settings
from pipeline.sources import find_source
from tests.flips import flip_bit
from tests.repetitions import choose_count
from tests.small_world import write_small_world

FLIPS, SEED = choose_count(24, 200), 20261128
EVERYTHING = 1 << 40
LAYERS = ("landing", "raw", "receipts", "typed", "snapshot")


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with three quarters and trials, published. Each test leaves it as it found it, or takes a copy."""
    folder = tmp_path_factory.mktemp("flips")
    settings = Settings(home=folder / "home")
    write_small_world(folder / "world")
    quarters = sorted((folder / "world" / "faers").glob("*.zip"))
    for path in (*quarters[:2], quarters[-1]):  # of both eras
        (settings.inbox / "faers").mkdir(parents=True, exist_ok=True)
        shutil.copy(path, settings.inbox / "faers")
    shutil.copytree(folder / "world" / "clinicaltrials", settings.inbox / "clinicaltrials")
    landing = intake.land_all(settings)
    assert {outcome["status"] for outcome in landing} == {"landed"}
    nightly.publish_run(settings, nightly.start_run(settings, landing))
    return settings


def list_files(settings: Settings, layer: str) -> list[Path]:
    """The files of a layer that hold something, in a fixed order."""
    live = publishing.current_snapshot(settings)
    folder = {
        "landing": settings.landing,
        "typed": settings.cache / "typed",
        "snapshot": settings.published / "snapshots" / str(live),
    }.get(layer, settings.raw)
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith(".")]
    names = (RECEIPT_NAME, *UNHASHED)
    if layer in ("raw", "receipts"):
        found = [path for path in found if (path.name in names) == (layer == "receipts")]
    return [path for path in found if path.stat().st_size and path.name != "last_check.json"]


def receipt_of(settings: Settings, name: str) -> Receipt:
    return next(each for each in read_receipts(settings) if name in (each.delivery_id, each.content_sha256))


def find_in_landing(settings: Settings, path: Path) -> list[NightvigilError]:
    return list(scrub(settings, read_receipts(settings), EVERYTHING))


def find_in_raw(settings: Settings, path: Path) -> list[NightvigilError]:
    found: list[NightvigilError] = []
    receipt = receipt_of(settings, path.parent.name)
    ensure_raw(settings, receipt, find_source(receipt.source).stage, found.append)
    return found


def find_in_receipts(settings: Settings, path: Path) -> list[NightvigilError]:
    found: list[NightvigilError] = []
    with pytest.raises(NightvigilError):
        read_receipts(settings)
    repair_receipts(settings, found.append)
    return found


def find_in_typed(settings: Settings, path: Path) -> list[NightvigilError]:
    found: list[NightvigilError] = []
    typed.open_delivery(settings, receipt_of(settings, path.parent.name), found.append)
    return found


def find_in_snapshot(settings: Settings, path: Path) -> list[NightvigilError]:
    with pytest.raises(PublicationFailed) as refused:
        publishing.require_intact_parent(settings, publishing.current_snapshot(settings))
    return [refused.value]


FINDERS: dict[str, Callable[[Settings, Path], list[NightvigilError]]] = {
    "landing": find_in_landing,
    "raw": find_in_raw,
    "receipts": find_in_receipts,
    "typed": find_in_typed,
    "snapshot": find_in_snapshot,
}
REBUILT = ("raw", "receipts")  # byte for byte; typed files hold the same rows, in any order


def read_rows(path: Path) -> list[tuple[object, ...]]:
    return duckdb.execute(f"select * from '{path.with_suffix('.parquet')}' order by all").fetchall()


@pytest.mark.proof
@pytest.mark.timeout(1800)
def test_each_flipped_bit_is_found_before_use_and_what_can_be_rebuilt_is(live: Settings) -> None:
    draw = random.Random(SEED)
    found: Counter[str] = Counter()
    for number in range(FLIPS):
        layer = LAYERS[number % len(LAYERS)]
        path = draw.choice(list_files(live, layer))
        before, mode = path.read_bytes(), path.stat().st_mode
        rows = read_rows(path) if layer == "typed" else []
        position = flip_bit(path, draw)
        problems = FINDERS[layer](live, path)
        assert len(problems) == 1, (layer, path, position, problems)
        found[layer] += 1
        if layer in REBUILT:
            assert path.read_bytes() == before, (path, position)
        elif layer == "typed":
            assert read_rows(path) == rows
        else:
            path.write_bytes(before)
        path.chmod(mode)
        print(f"{number + 1:3} {layer:8} {path.relative_to(live.home)} byte {position}: {problems[0].what[:110]}")
    print(f"{sum(found.values())} of {FLIPS} found: " + ", ".join(f"{layer} {found[layer]}" for layer in LAYERS))
    assert found.total() == FLIPS
    assert publishing.verify(live, str(publishing.current_snapshot(live))) == []


def build_anew(settings: Settings) -> tuple[str, dict[str, publishing.TableHash]]:
    """A run of the same deliveries under another identity: the id, and the hash of each table but those of runs."""
    run_id = nightly.start_run(settings.model_copy(update={"profile": "sample"}), intake.land_all(settings))
    candidate = Path(nightly.build(settings, run_id))
    with duckdb.connect(str(candidate), read_only=True) as connection:
        hashes = publishing.hash_tables(connection)
    return run_id, {name: made for name, made in hashes.items() if not name.startswith("meta.")}


@pytest.mark.proof
@pytest.mark.timeout(2400)
def test_run_over_bits_flipped_in_every_layer_builds_the_tables_of_an_undamaged_home(
    live: Settings, tmp_path: Path
) -> None:
    """Typed files of one delivery, raw files of another that is typed anew, a receipt, and landed bytes."""
    _, expected = build_anew(live)
    home = live.model_copy(update={"home": Path(shutil.copytree(live.home, tmp_path / "home", symlinks=True))})
    draw = random.Random(SEED)
    first, second, *_ = [each for each in current_receipts(read_receipts(home)) if each.source == "faers"]
    trials = next(each for each in read_receipts(home) if each.source == "clinicaltrials")
    damaged = [
        draw.choice(list((home.cache / "typed" / "faers" / first.content_sha256).glob("*.parquet"))),
        home.raw / "faers" / second.raw_in / "drug.parquet",
        home.raw / "clinicaltrials" / trials.delivery_id / RECEIPT_NAME,
        next((home.landing / "faers" / first.content_sha256).iterdir()),
    ]
    shutil.rmtree(home.cache / "typed" / "faers" / second.content_sha256)
    for path in damaged:
        flip_bit(path, draw)
    run_id, tables = build_anew(home)
    assert tables == expected
    record = json.loads((home.runs / run_id / "run.json").read_text())
    landing = json.loads((home.runs / run_id / "landing.json").read_text())
    stated = [problem["what"] for problem in record["problems"]] + [each["message"] for each in landing]
    print("\n".join(stated))
    for part in ("typed files", "raw files", "the receipt was altered", "bytes kept in landing"):
        assert any(part in text for text in stated), part


@pytest.mark.proof
def test_published_delivery_damaged_beyond_repair_stops_the_build_and_the_snapshot_stays(
    live: Settings, tmp_path: Path
) -> None:
    home = live.model_copy(update={"home": Path(shutil.copytree(live.home, tmp_path / "home", symlinks=True))})
    receipt = next(each for each in read_receipts(home) if each.source == "faers")
    shutil.rmtree(home.cache / "typed" / "faers" / receipt.content_sha256)
    flip_bit(home.raw / "faers" / receipt.raw_in / "drug.parquet", random.Random(SEED))
    shutil.rmtree(home.landing / "faers" / receipt.content_sha256)
    before = publishing.current_snapshot(home)
    run_id = nightly.start_run(home.model_copy(update={"profile": "sample"}))
    with pytest.raises(NightvigilError, match=r"drug\.parquet"):
        nightly.build(home, run_id)
    assert publishing.current_snapshot(home) == before
