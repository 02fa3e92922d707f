"""An invented registry for measuring: studies of every drug, route, comparator and population, of real size."""

import json
import random
from collections.abc import Callable
from pathlib import Path

from tests.sql.trials.study_records import Study, make_arm, make_group, make_study

DRUGS = ("Ketamine", "Esketamine", "Memantine", "Dextromethorphan", "Amantadine", "Magnesium sulfate")
ROUTES = ("IV", "oral", "intranasal")
COMPARATORS = (("Saline", "PLACEBO_COMPARATOR", "Placebo"), ("Midazolam", "ACTIVE_COMPARATOR", "Midazolam"))
CONDITIONS = ("Chronic Pain", "Depression", "Postoperative Pain", "Alzheimer Disease")
TERMS = (
    "Nausea",
    "Vomiting",
    "Hallucination",
    "Confusional state",
    "Paranoia",
    "Dissociation",
    "Dizziness",
    "Headache",
)
PAGE_SIZE = 100
MEAN_BYTES = 17_600  # of the registry's records on the watch list


def invent_study(number: int) -> Study:
    """Two arms of 15 to 120 participants; events as rare as in the registry, more of them with the drug."""
    draw = random.Random(number)
    drug, route = draw.choice(DRUGS), draw.choice(ROUTES)
    arm, control = f"{drug} {route}", draw.choice(COMPARATORS)
    sizes = [draw.randint(15, 120) for _ in range(2)]
    events = {
        term: [
            sum(draw.random() < chance for _ in range(size)) for size, chance in zip(sizes, (0.06, 0.02), strict=True)
        ]
        for term in TERMS
    }
    study = make_study(
        number,
        [make_arm(arm, "EXPERIMENTAL", drug), make_arm(*control)],
        [make_group(arm, sizes[0]), make_group(control[0], sizes[1])],
        other=events,
        threshold=draw.choice(("0", "5")),
        conditions=(draw.choice(CONDITIONS),),
    )
    missing = MEAN_BYTES - len(json.dumps(study))
    study["protocolSection"]["descriptionModule"] = {"detailedDescription": ("Invented text. " * 1200)[:missing]}
    return study


def write_pages(folder: Path, count: int, invent: Callable[[int], Study] = invent_study) -> None:
    """`count` studies as pages of the API, with results unless another `invent` is given; the same count gives the
    same bytes."""
    folder.mkdir(parents=True)
    for first in range(1, count + 1, PAGE_SIZE):
        studies = [invent(number) for number in range(first, min(first + PAGE_SIZE, count + 1))]
        (folder / f"page-{first:05d}.json").write_text(json.dumps({"studies": studies}))
