"""Where the files lie that are no Python: models, code lists, rules and the lock file.

In a checkout (and in an editable install, as in the image) they are beside the package; in a wheel the build
copies them into `pipeline/bundled`.
"""

from pathlib import Path

from pipeline.errors import NightvigilError

PACKAGE = Path(__file__).parent
BUNDLED = PACKAGE / "bundled"
IS_BUNDLED = BUNDLED.is_dir()
ROOT = BUNDLED if IS_BUNDLED else PACKAGE.parent
SQL = ROOT / "sql"
EXPECTATIONS = ROOT / "expectations"
LOCK_FILE = ROOT / "requirements.lock"
CITATION = ROOT / "CITATION.cff"
COMMIT_FILE = ROOT / "commit.txt"  # only in a wheel: the commit it was built from
SQL_FILES = (
    "order.txt",
    "functions.sql",
    "macros.sql",
    "review_queue.sql",
    "review_queue.studies.sql",
    "columns.csv",
    "tables.csv",
    "vocabulary.csv",
)


def require_resources(sql_dir: Path, expectations_dir: Path) -> None:
    """Raise NightvigilError naming every resource that a run needs and that is absent.

    Call it before anything is accepted from the inbox: a run that cannot build must not consume deliveries.
    """
    wanted = [*(sql_dir / name for name in SQL_FILES), LOCK_FILE]
    missing = [str(path) for path in wanted if not path.is_file()]
    if not any(expectations_dir.rglob("*.yaml")) and not any(expectations_dir.rglob("*.yml")):
        missing.append(f"{expectations_dir}/**/*.yaml")
    if missing:
        raise NightvigilError(
            f"the installation is incomplete: {', '.join(missing)}",
            where=str(ROOT),
            todo="install the wheel anew or restore the checkout; where NIGHTVIGIL_SQL_DIR or "
            "NIGHTVIGIL_EXPECTATIONS_DIR is set, point it at a complete folder",
        )
