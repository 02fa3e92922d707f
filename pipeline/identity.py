"""What a build is made of. Two builds with one identity publish the same bytes, so the second is "nothing new"."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import duckdb

from pipeline import models, resources
from pipeline.commit import describe_checkout
from pipeline.landing.receipts import Receipt, current_receipts
from pipeline.settings import Settings

# No part of the build imports these (a test walks every import), so editing them cannot change a published table:
# the invented sample world, what `make review` shows, what is exported from a snapshot, its pages, and the command
# line, which calls what the DAGs call and prints. `alerts` is not among them: `nightly` imports it. `bundled` is the
# copy of `sql/` and `expectations/` in a wheel, hashed on its own.
NOT_OF_THE_BUILD = ("sample", "review", "exports", "site", "command_line", "cli.py", "bundled")

# What can change a published value. Rules and profile decide whether a candidate is published, never what is in it.
COMPONENTS_OF_CODE = ("lock_file", "sql", "codes", "code")


def component_hashes(settings: Settings) -> dict[str, str]:
    """The sha256 of each component of a build but the data: lock file, SQL with its codes, rules, code."""
    return {
        "lock_file": hashlib.sha256(resources.LOCK_FILE.read_bytes()).hexdigest(),
        "sql": models.hash_files(settings.sql_dir, "*.sql", "*.txt", "*.csv"),
        "selects": models.hash_files(settings.sql_dir, "*.sql", "*.txt", "*.csv", without=("codes",)),
        "codes": models.hash_files(settings.sql_dir / "codes", "*.csv"),
        "expectations": models.hash_files(settings.expectations_dir, "*.yaml", "*.yml", "*.txt"),
        "code": models.hash_files(resources.PACKAGE, "*.py", "*.sql", without=NOT_OF_THE_BUILD),
        "profile": settings.profile,
    }


def code_identity(hashes: Mapping[str, str], engine: str = duckdb.__version__) -> str:
    """sha256 over the components that can change a published value, and the version of DuckDB that computes it.

    hashes: of `component_hashes`, or as a manifest has them; one that an old manifest lacks makes an identity of its
    own, which equals none of today's.
    """
    parts = {name: hashes.get(name) for name in COMPONENTS_OF_CODE} | {"duckdb": engine}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def identify_published(manifest: Mapping[str, Any]) -> str:
    """The code identity of a published snapshot. manifest: its manifest, of any version."""
    return code_identity(manifest.get("made_from", {}), manifest.get("engine", {}).get("duckdb", ""))


def is_other_code(before: Mapping[str, str], after: Mapping[str, str], engine: str = duckdb.__version__) -> bool:
    """Whether anything but code lists and data that can change a published value differs between two builds.

    before: the hashes of an earlier manifest. engine: the version of DuckDB that it names. Where an old manifest does
    not distinguish SQL from code lists, an edit of a code list counts as one of code as well.
    """
    selects = "selects" if "selects" in before else "sql"
    parts = ("lock_file", "code", selects)
    return engine != duckdb.__version__ or any(before.get(part) != after.get(part) for part in parts)


def build_identity(settings: Settings, receipts: list[Receipt]) -> str:
    """sha256 over the component hashes and the current deliveries.

    Quarters may arrive in any order, so they are sorted. Of two records of one trial with the same date the one
    received later is used, so trial deliveries keep the order of their receipts.
    """
    contents = [(receipt.source, receipt.period, receipt.content_sha256) for receipt in current_receipts(receipts)]
    dated = sorted(content for content in contents if content[1] is not None)
    undated = [content for content in contents if content[1] is None]
    text = json.dumps([component_hashes(settings), dated, undated], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def code_commit() -> str:
    """The commit of the code, with `+changes` where files of a checkout differ; "unknown" where neither is known.

    A wheel holds the commit it was built from; git is not asked there, as the folder around an installation may
    be the checkout of something else.
    """
    if resources.IS_BUNDLED:
        return resources.COMMIT_FILE.read_text().strip() if resources.COMMIT_FILE.is_file() else "unknown"
    return describe_checkout(resources.ROOT)
