"""The input files of each world, as an inbox: `<folder>/faers/*` and `<folder>/clinicaltrials/*`."""

import os
import shutil
from pathlib import Path

from tests.comparison.checkout import Checkout
from tests.conftest import SHARED

WORLDS = ("sample", "bench", "eras", "real")
SEED_OF_ERAS, CASES_OF_ERAS = 41, 600  # another draw than the sample world's, and twice its cases a quarter
WRITTEN_AT = 1_700_000_000  # one time for every file, so that names alone decide the order of landing
REAL_QUARTERS = (
    "data/faers_ascii_2004q1_sample/aers_ascii_2004q1.zip",
    "data/faers_ascii_2017q2_sample/faers_ascii_2017q2.zip",
    "cases/04_laers_follow_up_without_foll_seq/aers_ascii_2010q1.zip",
    "cases/04_laers_follow_up_without_foll_seq/aers_ascii_2011q1.zip",
)
REAL_STUDIES = ("data/ctgov_v2_json/*.json", "cases/*/NCT*.json", "cases/*/studies.json")


def make_inputs(name: str, base: Checkout, folder: Path, cases: int) -> Path:
    """Write the files of a world, the invented ones with the generators of a commit; return their folder.

    sample and eras: invented quarters of both layouts of FAERS and invented trials. bench: one modern quarter of so
    many cases. real: real quarters of both layouts, real study records, and those of the known cases of `../shared`.
    """
    if name == "sample":
        base.run_python("-m", "pipeline.sample", str(folder))
    elif name == "eras":
        size = ("--seed", str(SEED_OF_ERAS), "--cases", str(CASES_OF_ERAS))
        base.run_python("-m", "pipeline.sample", str(folder), *size)
    elif name == "bench":
        base.run_python("-m", "pipeline.sample.bench_quarter", str(folder / "faers"), "--cases", str(cases))
    else:
        copy_real_files(folder)
    (folder / "expected.json").unlink(missing_ok=True)
    for path in folder.rglob("*"):
        os.utime(path, (WRITTEN_AT, WRITTEN_AT))
    return folder


def find_present(names: list[str]) -> list[str]:
    """The worlds that can be made on this machine; says which cannot."""
    if "real" in names and not SHARED.is_dir():
        print(f"the real world is left out: {SHARED} is absent on this machine", flush=True)
        return [name for name in names if name != "real"]
    return names


def copy_real_files(folder: Path) -> None:
    """Copy the real quarters and study records; two records of one name keep both."""
    studies = folder / "clinicaltrials" / "real_studies"
    studies.mkdir(parents=True)
    (folder / "faers").mkdir()
    for quarter in REAL_QUARTERS:
        shutil.copy(SHARED / quarter, folder / "faers")
    for pattern in REAL_STUDIES:
        for path in sorted(SHARED.glob(pattern)):
            target = studies / path.name
            shutil.copy(path, target if not target.exists() else studies / f"{path.parent.name}_{path.name}")
