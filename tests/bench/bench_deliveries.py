"""What a night costs after many small deliveries, as a ratio to one after few. Prints figures; asserts nothing.

    python -m tests.bench.bench_deliveries [--few 10] [--many 400]

A registry delivers every night, mostly records that it has delivered before: here each delivery is a new version of
one of ten invented studies, so that only the number of deliveries grows. A night is the command line's run over one
delivery more, without pages.
"""

import argparse
import json
import tempfile
from pathlib import Path

from tests.bench.measure import NIGHTVIGIL, Measured, measure, name_settings, require
from tests.bench.registry_pages import invent_study

STUDIES = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=10)
    parser.add_argument("--many", type=int, default=400)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nightvigil-bench-") as folder:
        land(Path(folder), 0, chosen.few)
        few = run_night(Path(folder), chosen.few)
        land(Path(folder), chosen.few + 1, chosen.many)
        run_night(Path(folder), chosen.many)  # joins what lies between; nights bring one delivery each
        many = run_night(Path(folder), chosen.many + 1)
    line(f"run after {chosen.few} deliveries of one study", few)
    line(f"run after {chosen.many} of them", many)
    print(f"{f'{chosen.many} deliveries to {chosen.few}':42}{many.seconds / few.seconds:8.2f}   (at most 1.3 wanted)")


def land(home: Path, first: int, past_last: int) -> None:
    """Land deliveries number `first` to before `past_last`."""
    for number in range(first, past_last):
        offer(home, number)
    require(measure([NIGHTVIGIL, "land", "clinicaltrials"], name_settings(home)))


def run_night(home: Path, number: int) -> Measured:
    """A night that brings one delivery."""
    offer(home, number)
    return require(measure([NIGHTVIGIL, "nightly"], name_settings(home)))


def offer(home: Path, number: int) -> None:
    """Put delivery `number` into the inbox: the next version of one of the studies."""
    inbox = home / "inbox" / "clinicaltrials"
    inbox.mkdir(parents=True, exist_ok=True)
    study = invent_study(1 + number % STUDIES)
    study["protocolSection"]["descriptionModule"]["briefSummary"] = f"Invented version {number}."
    (inbox / f"delivery-{number:05d}.json").write_text(json.dumps({"studies": [study]}))


def line(name: str, measured: Measured) -> None:
    print(f"{name:42}{measured.seconds:8.1f} s {measured.peak_pss / 1e6:8.0f} MB peak", flush=True)


if __name__ == "__main__":
    main()
