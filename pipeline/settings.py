"""The settings of a run: one frozen object, read from the environment.

`.env.example` lists every variable: NIGHTVIGIL_ and the name of a field in capitals; an empty one is unset.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipeline import memory, resources
from pipeline.errors import UsageError

PREFIX = "NIGHTVIGIL_"
EngineName = Literal["duckdb", "spark"]
Profile = Literal["auto", "full_history", "single_quarter", "sample"]


def _check_web_address(value: SecretStr) -> SecretStr:
    if value.get_secret_value() and not value.get_secret_value().startswith(("https://", "http://")):
        raise ValueError("not an address of the web")
    return value


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
Secret = Annotated[SecretStr, Field(description="a text that is kept secret")]
AlertLevel = Annotated[Literal["info", "warning", "error"], Field(description="one of info, warning, error")]
_ADDRESS = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?"
MailAddress = Annotated[
    str, Field(pattern=rf"^({_ADDRESS})?$", description="an address such as nightvigil@example.org")
]
MailAddresses = Annotated[
    str,
    Field(
        pattern=rf"^(\s*{_ADDRESS}\s*(,\s*{_ADDRESS}\s*)*)?$",
        description="addresses such as a@example.org, b@example.org",
    ),
]
MailServer = Annotated[
    str,
    Field(
        pattern=r"^((smtp|smtp\+starttls|smtps)://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:\d{1,5})?/?)?$",
        description="a server such as smtp+starttls://mail.example.org:587 (or smtp://, smtps://), without user and "
        "password, which have settings of their own",
    ),
]
SecretWebAddress = Annotated[
    SecretStr,
    AfterValidator(_check_web_address),
    Field(description="an address that begins with https:// or http://"),
]
WebAddress = Annotated[
    str, Field(pattern=r"^(https?://[^\s/?#@]+(/\S*)?)?$", description="an address such as https://host:8080")
]


class Settings(BaseSettings):
    """Where data are kept, how much a run may use, the addresses of the agencies and the channels of alerts.

    Sizes of memory are DuckDB's ('600MB'); times are seconds; sizes of files are bytes. An empty URL switches
    the live fetching of that source off. Change a copy with `settings.model_copy(update={...})`.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="forbid", validate_default=False
    )

    home: Folder = Path("data")
    profile: Annotated[Profile, Field(description=f"one of {', '.join(get_args(Profile))}")] = "auto"
    engine: Annotated[EngineName, Field(description=f"one of {', '.join(get_args(EngineName))}")] = "duckdb"
    spark_master: Text = "local[2]"
    threads: Count = 2
    memory_limit: MemorySize = Field(default_factory=memory.choose_limit)
    landing_memory_limit: MemorySize = Field(default_factory=memory.choose_landing_limit)
    judge_memory_limit: MemorySize = Field(default_factory=memory.choose_limit)
    rebuild_days: Annotated[int, Field(ge=0, description="a whole number of days from 0")] = 7
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
    alert_command_level: AlertLevel = "info"
    mail_server: MailServer = ""
    mail_user: Text = ""
    mail_password: Secret = SecretStr("")
    mail_from: MailAddress = ""
    mail_to: MailAddresses = ""
    mail_level: AlertLevel = "warning"
    slack_url: SecretWebAddress = SecretStr("")
    slack_level: AlertLevel = "warning"
    teams_url: SecretWebAddress = SecretStr("")
    teams_level: AlertLevel = "warning"
    webhook_url: SecretWebAddress = SecretStr("")
    webhook_token: Secret = SecretStr("")
    webhook_level: AlertLevel = "warning"
    digest_mail_to: MailAddresses = ""
    digest_slack_url: SecretWebAddress = SecretStr("")
    digest_teams_url: SecretWebAddress = SecretStr("")
    digest_webhook_url: SecretWebAddress = SecretStr("")
    digest_webhook_token: Secret = SecretStr("")
    web_url: WebAddress = ""
    airflow_url: Text = ""
    watchdog_hours: Count = 26
    meddra_dir: Annotated[Folder | None, Field(description="a path")] = None
    chromium: Annotated[Folder | None, Field(description="a path")] = None
    site: Annotated[bool, Field(description="true or false")] = True
    site_timeout: Seconds = 1200.0
    export_suppress: Annotated[bool, Field(description="true or false")] = False
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
            settings = cls()
        except ValidationError as refusal:
            problem = refusal.errors()[0]
            raise _refuse(str(problem["loc"][0]), problem["input"]) from None
        _require_whole_mail(settings)
        return settings


def _require_whole_mail(settings: Settings) -> None:
    """Raise UsageError where mail is half set: its messages would be lost without a word."""
    has_receiver = bool(settings.mail_to or settings.digest_mail_to)
    needed = {"mail_server": settings.mail_server, "mail_from": settings.mail_from, "mail_to": has_receiver}
    missing = [name for name, is_set in needed.items() if not is_set]
    if len(missing) == len(needed) or not (missing or bool(settings.mail_user) != bool(settings.mail_password)):
        return
    name = missing[0] if missing else "mail_password" if settings.mail_user else "mail_user"
    raise UsageError(
        f"alerts cannot go out by mail: the setting {name} is empty",
        where=f"environment variable {PREFIX}{name.upper()}",
        todo="set it, or set no variable of mail; .env.example lists every setting",
    )


def _refuse(name: str, value: Any) -> UsageError:
    # An address may hold a password where none belongs, and most addresses of webhooks are secret.
    is_secret = isinstance(Settings.model_fields[name].get_default(), SecretStr) or "@" in str(value)
    return UsageError(
        f"the setting {name} cannot have its value" if is_secret else f"the setting {name} cannot be {value!r}",
        where=f"environment variable {PREFIX}{name.upper()}",
        todo=f"set it to {Settings.model_fields[name].description}; .env.example lists every setting",
    )
