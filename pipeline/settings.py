"""The settings of a night: one frozen object, read from the environment and from nothing else.

`.env.example` lists every variable. An empty URL switches the live fetching of that source off.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from pipeline.errors import UsageError

PROJECT = Path(__file__).resolve().parents[1]
MEMORY = re.compile(r"\d+(\.\d+)?\s*[KMGT]i?B", re.IGNORECASE)
QUARTER = re.compile(r"20\d\dQ[1-4]")
KINDS = {"int": "a whole number", "float": "a number", "bool": "true or false"}
PROFILES = ("auto", "full_history", "single_quarter", "sample")


@dataclass(frozen=True)
class Settings:
    """Where things lie, how much a night may use, and where the agencies are.

    Sizes of memory are DuckDB's ('600MB'); times are seconds; sizes of files are bytes.
    """

    home: Path = Path("data")
    profile: str = "auto"
    threads: int = 2
    memory_limit: str = "600MB"
    judge_memory_limit: str = "400MB"
    retention: int = 14
    retention_hours: int = 48
    faers_url: str = ""
    faers_name: str = "faers_ascii_{year}q{quarter}.zip"
    faers_legacy_name: str = "aers_ascii_{year}q{quarter}.zip"
    faers_first_quarter: str = "2004Q1"
    clinicaltrials_url: str = ""
    clinicaltrials_page_size: int = 100
    fetch_timeout: float = 60.0
    fetch_attempts: int = 5
    fetch_backoff: float = 2.0
    fetch_budget: float = 3600.0
    archive_max_bytes: int = 8_000_000_000
    archive_max_ratio: int = 100
    archive_max_members: int = 200
    alert_command: str = ""
    quality_overrides: Path | None = None
    sql_dir: Path = PROJECT / "sql"
    expectations_dir: Path = PROJECT / "expectations"

    @property
    def inbox(self) -> Path:
        return self.home / "inbox"

    @property
    def landing(self) -> Path:
        return self.home / "landing"

    @property
    def raw(self) -> Path:
        return self.home / "raw"

    @property
    def quarantine(self) -> Path:
        return self.home / "quarantine"

    @property
    def runs(self) -> Path:
        return self.home / "runs"

    @property
    def published(self) -> Path:
        return self.home / "published"

    @property
    def cache(self) -> Path:
        return self.home / "cache"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read NIGHTVIGIL_<FIELD> for every field; raise UsageError on a value that cannot be one."""
        values: dict[str, object] = {}
        for field in fields(cls):
            text = environment.get(f"NIGHTVIGIL_{field.name.upper()}")
            if text is not None and text != "":
                values[field.name] = _parse(field.name, getattr(field.type, "__name__", str(field.type)), text)
        settings = cls(**values)  # type: ignore[arg-type]
        settings._require_sense()
        return settings

    def _require_sense(self) -> None:
        if self.profile not in PROFILES:
            raise _wrong("profile", self.profile, f"one of {', '.join(PROFILES)}")
        for name in ("memory_limit", "judge_memory_limit"):
            if not MEMORY.fullmatch(getattr(self, name)):
                raise _wrong(name, getattr(self, name), "a size such as 600MB or 2GB")
        for name in ("threads", "retention", "fetch_attempts", "clinicaltrials_page_size"):
            if getattr(self, name) < 1:
                raise _wrong(name, str(getattr(self, name)), "a whole number from 1")
        if not QUARTER.fullmatch(self.faers_first_quarter):
            raise _wrong("faers_first_quarter", self.faers_first_quarter, "a quarter such as 2004Q1")


def _parse(name: str, kind: str, text: str) -> object:
    try:
        if "Path" in kind:
            return Path(text).expanduser().absolute()
        if "bool" in kind:
            return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
        if "int" in kind:
            return int(text)
        if "float" in kind:
            return float(text)
    except (KeyError, ValueError):
        raise _wrong(name, text, KINDS[kind]) from None
    return text


def _wrong(name: str, text: str, kind: str) -> UsageError:
    return UsageError(
        f"the setting {name} cannot be {text!r}",
        where=f"environment variable NIGHTVIGIL_{name.upper()}",
        todo=f"set it to {kind}; .env.example lists every setting",
    )
