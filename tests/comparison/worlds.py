"""The input files of each world, as an inbox: `<folder>/faers/*` and `<folder>/clinicaltrials/*`."""

import os
import shutil
from pathlib import Path

from tests.comparison.checkout import Checkout
from tests.conftest import SHARED

WORLDS = ("sample", "bench", "eras")
SEED_OF_ERAS, CASES_OF_ERAS = 41, 1_000  # another draw than the sample world's, and more cases a quarter
LANDED_AT = 1_700_000_000  # one time for every file, so that names alone decide the order of landing
REAL_QUARTERS = (
    "data/faers_ascii_2004q1_sample/aers_ascii_2004q1.zip",
    "data/faers_ascii_2017q2_sample/faers_ascii_2017q2.zip",
    "cases/04_laers_follow_up_without_foll_seq/aers_ascii_2010q1.zip",
    "cases/04_laers_follow_up_without_foll_seq/aers_ascii_2011q1.zip",
    "cases/09_gate_shut_on_a_cut_sample/faers_ascii_2026q2.zip",
)
REAL_STUDIES = ("data/ctgov_v2_json/*.json", "cases/*/NCT*.json", "cases/*/studies.json")


def make_inputs(name: str, base: Checkout, folder: Path, cases: int) -> Path:
    """Write the files of a world with the generators of a commit; return their folder.

    eras: invented quarters of both layouts of FAERS and invented trials, with the real files of `../shared` beside
    them where that folder is present. cases: those of the bench quarter.
    """
    if name == "bench":
        base.run_python("-m", "pipeline.sample.bench_quarter", str(folder / "faers"), "--cases", str(cases))
    elif name == "sample":
        base.run_python("-m", "pipeline.sample", str(folder))
    else:
        base.run_python(
            "-m", "pipeline.sample", str(folder), "--seed", str(SEED_OF_ERAS), "--cases", str(CASES_OF_ERAS)
        )
        _add_real_files(folder)
    (folder / "expected.json").unlink(missing_ok=True)
    for path in folder.rglob("*"):
        os.utime(path, (LANDED_AT, LANDED_AT))
    return folder


def _add_real_files(folder: Path) -> None:
    if not SHARED.is_dir():
        print(f"no real files in the world of both eras: {SHARED} is absent on this machine", flush=True)
        return
    for quarter in REAL_QUARTERS:
        shutil.copy(SHARED / quarter, folder / "faers")
    studies = folder / "clinicaltrials" / "real_studies"
    studies.mkdir()
    for pattern in REAL_STUDIES:
        for path in SHARED.glob(pattern):
            shutil.copy(path, studies / f"{path.parent.name}_{path.name}")
