"""Prints each seeded fault and what stopped it. Takes about ten minutes of two cores.

    python -m tests.seeded_faults [PART OF A NAME ...]        make seeded-faults

Exit status 0 when all were stopped, 1 when one was published or broke the run.
"""

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.seeded_faults.faults import FAULTS
from tests.seeded_faults.seeding import Observation, make_sound, observe


def main(arguments: list[str]) -> int:
    chosen = [name for name in FAULTS if not arguments or any(part in name for part in arguments)]
    with tempfile.TemporaryDirectory(prefix="seeded-faults-") as folder:
        sound = make_sound(Path(folder) / "sound")
        with ThreadPoolExecutor(max_workers=2) as pool:
            tasks = [
                pool.submit(observe, sound, FAULTS[name], Path(folder) / str(place))
                for place, name in enumerate(chosen)
            ]
            found = []
            for name, task in zip(chosen, tasks, strict=True):
                found.append(task.result())
                print(f"{len(found):2}  {found[-1].by or 'NOT STOPPED':12} {name}: {found[-1].what}", flush=True)
    print(summarise(found))
    return int(any(not each.by for each in found))


def summarise(found: list[Observation]) -> str:
    stopped = {by: sum(each.by == by for each in found) for by in ("gate", "acceptance", "build", "")}
    return (
        f"{len(found)} faults: {stopped['gate']} stopped by the gate, {stopped['acceptance']} wait for acceptance, "
        f"{stopped['build']} refused while building, {stopped['']} not stopped"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
