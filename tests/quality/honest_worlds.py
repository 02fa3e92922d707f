"""Small honest worlds of reports, drawn from a seed: of any size and shape, with each feature present or absent."""

import random
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.sample.cases import Author, Version
from pipeline.sample.reports import write_members
from pipeline.sample.vocabulary import LEGACY_PERIODS, PERIODS
from pipeline.sample.world import archive_name, pack

MOST_CASES = 200


@dataclass(frozen=True)
class Shape:
    """What a world is like. Shares lie between 0 and 1; of the tables in empty_tables only the header is sent."""

    periods: tuple[str, ...]
    cases_a_period: int
    serious_share: float
    follow_up_share: float
    names_watched_drugs: bool
    suspects_watched_drugs: bool
    states_ages: bool
    states_countries: bool
    empty_tables: tuple[str, ...]


def draw_shape(seed: int) -> Shape:
    draw = random.Random(f"honest shape {seed}")
    cases = draw.choice((1, 2, 5, 21, 60, draw.randint(1, MOST_CASES), MOST_CASES))
    periods = sorted(draw.sample(PERIODS, draw.choice((1, 1, 2, 3))))
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
    )


def write_honest_world(folder: Path, shape: Shape, seed: int) -> list[Path]:
    """Write one archive a quarter and return their paths, in order of time."""
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
