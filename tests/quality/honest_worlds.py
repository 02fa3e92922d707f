"""Honest worlds of reports and trials, drawn from a seed: of any size and shape, with each feature present or absent.

    python -m tests.quality.honest_worlds [FIRST] [PAST_LAST]

runs two nights on each of these worlds and prints a line for each; the exit status is the number of false alarms.
"""

import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline import intake, nightly
from pipeline.errors import GateClosed
from pipeline.sample.cases import Author, Version
from pipeline.sample.reports import write_members
from pipeline.sample.trials import Arm, Trial, build_study_record
from pipeline.sample.vocabulary import LEGACY_PERIODS, PERIODS
from pipeline.sample.world import archive_name, pack
from pipeline.settings import Settings

SIZES = (1, 2, 5, 21, 60, 200, 600, 2_000, 20_000)
SECOND_NIGHTS = ("new_quarter", "backfill", "late_old_quarter", "first_fetch")


@dataclass(frozen=True)
class Shape:
    """What a world is like. Shares lie between 0 and 1; of the tables in empty_tables only the header is sent.

    second_night: what arrives on it. new_quarter: the last one; backfill: all but the last; late_old_quarter: one
    from the middle; first_fetch: every trial (else trials come with the first night).
    """

    periods: tuple[str, ...]
    cases_a_period: int
    serious_share: float
    follow_up_share: float
    names_watched_drugs: bool
    suspects_watched_drugs: bool
    states_ages: bool
    states_countries: bool
    empty_tables: tuple[str, ...]
    trial_count: int = 0
    second_night: str = "new_quarter"


def draw_shape(seed: int, most_cases: int = SIZES[-1]) -> Shape:
    draw = random.Random(f"honest shape {seed}")
    sizes = [size for size in SIZES if size <= most_cases]
    cases = draw.choice((*sizes, draw.randint(1, most_cases)))
    periods = sorted(draw.sample(PERIODS, draw.choice((1, 1, 2, 3, 6))))
    return Shape(
        tuple(periods),
        max(1, cases // len(periods)),
        draw.choice((0.0, 0.02, 0.12, 0.5, 1.0)),
        draw.choice((0.0, 0.3, 1.0)),
        draw.random() < 0.8,
        draw.random() < 0.7,
        draw.random() < 0.7,
        draw.random() < 0.8,
        tuple(table for table in ("ther", "indi", "rpsr") if draw.random() < 0.25),
        draw.choice((0, 0, 1, 3, 20, 60) if most_cases <= SIZES[5] else (0, 0, 1, 3, 20, 200)),
        draw.choice(SECOND_NIGHTS),
    )


def split_nights(archives: list[Path], studies: list[Path], shape: Shape) -> list[list[Path]]:
    """What arrives on each of the nights; a night on which nothing would arrive is none."""
    middle = len(archives) // 2
    first, second = {
        "new_quarter": (archives[:-1] + studies, archives[-1:]),
        "backfill": (archives[-1:] + studies, archives[:-1]),
        "late_old_quarter": (archives[:middle] + archives[middle + 1 :] + studies, archives[middle : middle + 1]),
        "first_fetch": (archives, studies),
    }[shape.second_night]
    return [night for night in (first, second) if night]


def publish_world(folder: Path, shape: Shape, seed: int) -> Settings:
    """Two nights over a world; raises AssertionError with the rules that shut the gate."""
    archives = write_honest_world(folder / "faers", shape, seed)
    studies = write_honest_trials(folder / "clinicaltrials", shape, seed)
    settings = Settings(home=folder / "home")
    for number, night in enumerate(split_nights(archives, studies, shape), start=1):
        try:
            publish_night(settings, night)
        except GateClosed as shut:
            raise AssertionError(f"honest world {seed}, night {number}, {shape}: {shut}") from shut
    return settings


def publish_night(settings: Settings, files: Iterable[Path]) -> None:
    """One night over these files; the folder of a file names its source. Raises GateClosed."""
    for file in files:
        inbox = settings.inbox / file.parent.name
        inbox.mkdir(parents=True, exist_ok=True)
        shutil.move(file, inbox)
    landed = [intake.land_delivery(settings, offer) for offer in find_offers(settings)]
    assert {outcome["status"] for outcome in landed} <= {"landed"}, landed
    run_id = nightly.start_run(settings, landed)
    nightly.build(settings, run_id)
    nightly.judge(settings, run_id)
    nightly.publish(settings, run_id)


def find_offers(settings: Settings) -> list[dict[str, object]]:
    return [offer for source in ("faers", "clinicaltrials") for offer in intake.find_deliveries(settings, source)]


ROUTES = ("intravenously", "intramuscularly", "orally", "intranasally", "subcutaneously", "as the physician directed")
TREATMENTS = ("Ketamine", "Esketamine", "Memantine", "Dextromethorphan", "Amantadine", "Magnesium sulfate")
CONTROLS = ("Placebo", "Saline", "Midazolam", "Morphine", "")
TROUBLES = ("Nausea", "Vomiting", "Hallucination", "Paranoia", "Confusional state", "Dizziness", "Headache", "Rash")


def write_honest_trials(folder: Path, shape: Shape, seed: int) -> list[Path]:
    """One file with every trial of the world; none where it has no trials."""
    folder.mkdir(parents=True)
    if not shape.trial_count:
        return []
    draw = random.Random(f"honest trials {seed}")
    trials = [build_study_record(_draw_trial(draw, number)) for number in range(1, shape.trial_count + 1)]
    path = folder / "studies.json"
    path.write_text(json.dumps({"studies": trials}))
    return [path]


def _draw_trial(draw: random.Random, number: int) -> Trial:
    drug, control = draw.choice(TREATMENTS), draw.choice(CONTROLS)
    names = (drug, control) if control else (drug,)
    how = draw.choice(ROUTES)
    arms = tuple(_draw_arm(draw, name, name == drug, how) for name in names)
    return Trial(
        number,
        f"{drug} {how}",
        (draw.choice(("Chronic Pain", "Major Depressive Disorder", "Anesthesia", "Healthy")),),
        arms,
        {name: f"{name}, given {how}" for name in names},
        threshold=draw.choice(("0", "0", "5", "2.5")),
        has_results=draw.random() < 0.8,
        model=draw.choice(("PARALLEL", "PARALLEL", "CROSSOVER", "SINGLE_GROUP")),
        vocabulary=draw.choice(("MedDRA 24.0", "MedDRA 29.1", "CTCAE 5.0", "")),
        has_total_group=draw.random() < 0.1,
    )


def _draw_arm(draw: random.Random, name: str, is_active: bool, how: str) -> Arm:
    people = draw.choice((1, 8, 20, 60, 300))
    terms = draw.sample(TROUBLES, draw.randint(0, len(TROUBLES)))
    other = {term: draw.randint(0, max(1, people // 3)) for term in terms}
    serious = {term: draw.randint(0, 1) for term in terms if draw.random() < 0.1}
    kind = (
        "EXPERIMENTAL"
        if is_active
        else "PLACEBO_COMPARATOR"
        if name in ("Placebo", "Saline")
        else "ACTIVE_COMPARATOR"
    )
    return Arm(name, kind, f"{name} given {how}", (name,), people, other, serious)


def write_honest_world(folder: Path, shape: Shape, seed: int) -> list[Path]:
    """Write one archive a quarter and return their paths, in order of time."""
    folder.mkdir(parents=True)
    author = Author(seed)
    cases: list[Version] = []
    for period in shape.periods:
        followed = [case for case in cases if author.random.random() < shape.follow_up_share]
        for case in followed:
            if case.is_legacy == (period in LEGACY_PERIODS):
                later = author.draw_follow_up(case, period, case.number + 1)
                cases[cases.index(case)] = author.add(_shape_version(author, later, shape))
        new = (author.draw_case(period) for _ in range(shape.cases_a_period))
        cases += [author.add(_shape_version(author, case, shape)) for case in new]
    return [_write_quarter(folder, period, author.reports.select_period(period), shape) for period in shape.periods]


def _shape_version(author: Author, version: Version, shape: Shape) -> Version:
    is_serious = author.random.random() < shape.serious_share
    drugs = version.drugs
    if not shape.names_watched_drugs:
        drugs = tuple(drug for drug in drugs if not drug.product.drugs) or (author._draw_background("PS"),)
    elif not shape.suspects_watched_drugs:
        drugs = (
            author._draw_background("PS"),
            *(replace(drug, role="C") if drug.product.drugs else drug for drug in drugs),
        )
    return replace(
        version,
        drugs=drugs,
        outcomes=(version.outcomes or ("OT",)) if is_serious else (),
        age=version.age if shape.states_ages else "",
        country=version.country if shape.states_countries else "",
    )


def _write_quarter(folder: Path, period: str, versions: list[Version], shape: Shape) -> Path:
    members = write_members(period, versions)
    short = f"{period[2:4]}Q{period[5]}"
    ending = b"\r\n" if period <= "2012Q4" else b"\n"
    files = {}
    for table, member in members.items():
        lines = [line for line, _ in member.lines]
        kept = lines[:1] if table in shape.empty_tables else lines
        files[f"ascii/{table.upper()}{short}.txt"] = ending.join([*kept, b""])
    path = folder / archive_name(period)
    path.write_bytes(pack(files))
    return path


def main(first: int, past_last: int) -> int:
    """Two nights on each world of these seeds; the number of false alarms."""
    false_alarms = 0
    for seed in range(first, past_last):
        shape, begun = draw_shape(seed), time.monotonic()
        with tempfile.TemporaryDirectory(prefix="nightvigil-honest-") as folder:
            try:
                publish_world(Path(folder), shape, seed)
                outcome = "published"
            except Exception as error:  # noqa: BLE001 - whatever it is, it is printed and counted
                false_alarms += 1
                outcome = f"NOT PUBLISHED: {error}"
        reports = f"{shape.cases_a_period:6} cases x {len(shape.periods)}"
        size = f"{reports}, {shape.trial_count:3} trials, {shape.second_night:16}"
        print(f"{seed:4}  {time.monotonic() - begun:6.1f} s  {size}  {outcome}", flush=True)
    print(f"{past_last - first} honest worlds, {false_alarms} not published")
    return false_alarms


if __name__ == "__main__":
    sys.exit(min(main(*map(int, sys.argv[1:] or ("0", "200"))), 100))
