"""A source as one record: everything the pipeline has to know about an outside world, and the only place it is said.

Importing a record is cheap, because Airflow reads it every half minute: a source's functions import what is
heavy (Arrow, DuckDB, HTTP) when they are called.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from pipeline.landing.delivery import NotLanded, Stage
from pipeline.landing.inbox import Offer
from pipeline.landing.receipts import Receipt
from pipeline.landing.tracing import Trace
from pipeline.models import Model, load_typed_models
from pipeline.settings import Settings


@dataclass(frozen=True)
class RawTable:
    """One table as received. columns: as received, all text. file: its Parquet in raw/<source>/<delivery>/, by stem.

    Typed models read it as `raw.<source>_<name>`.
    """

    name: str
    columns: tuple[str, ...]
    file: str


@dataclass(frozen=True)
class Fetcher:
    """How deliveries are found at an agency. A source without one has only its inbox.

    is_configured: whether the settings give an address. find_published: what was published and not landed yet;
    raises SourceUnavailable. fetch: brings one such offer to its path before it is landed; None where
    find_published has done so already, because the agency answers only as a whole.
    """

    is_configured: Callable[[Settings], bool]
    find_published: Callable[[Settings, Sequence[Receipt]], list[Offer]]
    fetch: Callable[[Offer, Settings], Path] | None = None


@dataclass(frozen=True)
class Freshness:
    """The age of the data, in days, from which silence is worth a warning, then an alarm.

    find_data_date: the day up to which the current deliveries reach, where it is not the end of their newest period;
    None where they state none.
    """

    warning_days: int
    alarm_days: int
    find_data_date: Callable[[Settings, Sequence[Receipt]], date | None] | None = None


@dataclass(frozen=True)
class Source:
    """One outside world.

    name: its word in every table, in `inbox/<name>/`, and before its typed models (`sql/typed/<name>_*.sql`).
    title: for people. agency: who answers when it is asked, for people.
    wing: reports (no denominator) or trials (people at risk); never both.
    delivery_kinds: what may be put into the inbox, for people; each continues "put".
    has_lines: its raw tables come with a ledger of lines (`lines.parquet`); otherwise they hold records.
    land: takes one delivery, whole or not at all; raises DeliveryRefused.
    stage: stages kept bytes into a raw and a quarantine folder, as `land` does; it rebuilds damaged raw files.
    asset: name of its Airflow asset, and so of its DAG and of its schedule variable.
    schedule: cron, in UTC. freshness: None where silence says nothing.
    consequence: what a failed landing means for what is published, for people.
    trace: finds what a delivery holds of one case or trial; None where nobody has written it.
    """

    name: str
    title: str
    agency: str
    wing: Literal["reports", "trials"]
    delivery_kinds: tuple[str, ...]
    raw_tables: tuple[RawTable, ...]
    has_lines: bool
    land: Callable[[Offer, Settings], Receipt | NotLanded]
    stage: Stage
    fetcher: Fetcher | None
    asset: str
    schedule: str
    freshness: Freshness | None
    consequence: str
    trace: Trace | None = None

    @property
    def dag_id(self) -> str:
        return f"land_{self.asset}"

    @property
    def asset_uri(self) -> str:
        return f"nightvigil://landing/{self.asset}"

    @property
    def schedule_variable(self) -> str:
        """The environment variable that replaces the schedule."""
        return f"NIGHTVIGIL_{self.asset.upper()}_SCHEDULE"

    def is_fetched(self, settings: Settings) -> bool:
        """Whether the agency is asked at all."""
        return self.fetcher is not None and self.fetcher.is_configured(settings)

    def load_typed_models(self, sql_dir: Path) -> list[Model]:
        """Its row-local models, in order of name."""
        return load_typed_models(sql_dir, self.name)
