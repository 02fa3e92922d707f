"""The settings of a run: one frozen object, read from the environment.

`.env.example` lists every variable: NIGHTVIGIL_ and the name of a field in capitals; an empty one is unset.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipeline import memory, resources
from pipeline.errors import UsageError

PREFIX = "NIGHTVIGIL_"
Profile = Literal["auto", "full_history", "single_quarter", "sample"]

# The description of a kind of value is what a refusal tells a person to set.
Text = Annotated[str, Field(description="a text")]
Folder = Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute()), Field(description="a path")]
Count = Annotated[int, Field(ge=1, description="a whole number from 1")]
Hours = Annotated[int, Field(ge=0, description="a whole number of hours from 0")]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False, description="a number of seconds from 0")]
MemorySize = Annotated[
    str, Field(pattern=r"^(?i:\d+(\.\d+)?\s*[KMGT]i?B)$", description="a size such as 600MB or 2GB")
]
Quarter = Annotated[str, Field(pattern=r"^20\d\dQ[1-4]$", description="a quarter such as 2004Q1")]


class Settings(BaseSettings):
    """Where data are kept, how much a run may use, and the addresses of the agencies.

    Sizes of memory are DuckDB's ('600MB'); times are seconds; sizes of files are bytes. An empty URL switches
    the live fetching of that source off. Change a copy with `settings.model_copy(update={...})`.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="forbid", validate_default=False
    )

    home: Folder = Path("data")
    profile: Annotated[Profile, Field(description=f"one of {', '.join(get_args(Profile))}")] = "auto"
    threads: Count = 2
    memory_limit: MemorySize = Field(default_factory=memory.choose_limit)
    landing_memory_limit: MemorySize = Field(default_factory=memory.choose_landing_limit)
    judge_memory_limit: MemorySize = Field(default_factory=memory.choose_limit)
    retention: Count = 14
    retention_hours: Hours = 48
    faers_url: Text = ""
    faers_name: Text = "faers_ascii_{year}q{quarter}.zip"
    faers_legacy_name: Text = "aers_ascii_{year}q{quarter}.zip"
    faers_first_quarter: Quarter = "2004Q1"
    clinicaltrials_url: Text = ""
    clinicaltrials_page_size: Count = 100
    fetch_timeout: Seconds = 60.0
    fetch_attempts: Count = 5
    fetch_backoff: Seconds = 2.0
    fetch_budget: Seconds = 3600.0
    fetch_max_bytes: Count = 8_000_000_000
    archive_max_bytes: Count = 8_000_000_000
    archive_max_ratio: Count = 100
    archive_max_members: Count = 200
    arrival_seconds: Seconds = 2.0
    scrub_bytes: Annotated[int, Field(ge=0, description="a whole number of bytes from 0")] = 2_000_000_000
    alert_command: Text = ""
    airflow_url: Text = ""
    watchdog_hours: Count = 26
    meddra_dir: Annotated[Folder | None, Field(description="a path")] = None
    sql_dir: Folder = resources.SQL
    expectations_dir: Folder = resources.EXPECTATIONS

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
    def overrides(self) -> Path:
        return self.home / "overrides"

    @property
    def published(self) -> Path:
        return self.home / "published"

    @property
    def cache(self) -> Path:
        return self.home / "cache"

    @classmethod
    def from_environment(cls) -> "Settings":
        """The settings of this process; raises UsageError naming the variable whose value is refused."""
        try:
            return cls()
        except ValidationError as refusal:
            problem = refusal.errors()[0]
            raise _refuse(str(problem["loc"][0]), problem["input"]) from None


def _refuse(name: str, value: Any) -> UsageError:
    return UsageError(
        f"the setting {name} cannot be {value!r}",
        where=f"environment variable {PREFIX}{name.upper()}",
        todo=f"set it to {Settings.model_fields[name].description}; .env.example lists every setting",
    )
