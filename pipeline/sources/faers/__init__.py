"""FAERS, FDA's adverse event reporting system: spontaneous reports, as quarterly ASCII extracts of both eras."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from pipeline.landing.delivery import NotLanded, Staged
from pipeline.landing.inbox import Offer
from pipeline.landing.receipts import Receipt
from pipeline.landing.tracing import Traced
from pipeline.settings import Settings
from pipeline.sources.faers.layout import COLUMNS, NAME
from pipeline.sources.record import Fetcher, Freshness, RawTable, Source


def land(offer: Offer, settings: Settings) -> Receipt | NotLanded:
    """Land one quarter: a zip, or a folder of its loose files. Raises DeliveryRefused with what and where."""
    from pipeline.sources.faers.quarter import land_quarter

    return land_quarter(offer, settings)


def stage(kept: Path, raw: Path, quarantine: Path, settings: Settings) -> Staged:
    """Stage the kept bytes of a quarter. Raises DeliveryRefused with what and where."""
    from pipeline.sources.faers.quarter import stage_quarter

    return stage_quarter(kept, raw, quarantine, settings)


def _find_published(settings: Settings, receipts: Sequence[Receipt]) -> list[Offer]:
    from pipeline.sources.faers.remote import find_quarters

    return find_quarters(settings, receipts)


def _fetch(offer: Offer, settings: Settings) -> Path:
    from pipeline.sources.faers.remote import fetch

    return fetch(offer, settings)


def trace(settings: Settings, receipt: Receipt, number: str) -> Iterable[Traced]:
    """The lines of a quarter that state a case."""
    from pipeline.sources.faers.tracing import trace_case

    return trace_case(settings, receipt, number)


SOURCE = Source(
    name=NAME,
    title="FDA Adverse Event Reporting System (FAERS)",
    agency="FDA",
    wing="reports",
    delivery_kinds=("the zip of a quarter", "a folder of its loose files"),
    raw_tables=tuple(RawTable(table, tuple(columns.split()), table) for table, columns in COLUMNS.items()),
    has_lines=True,
    land=land,
    stage=stage,
    fetcher=Fetcher(lambda settings: bool(settings.faers_url), _find_published, _fetch),
    asset="reports",
    schedule="0 1 * * *",
    # From the end of the newest quarter. The next one ends 91 days later and comes a month or two after that.
    freshness=Freshness(warning_days=160, alarm_days=250),
    consequence="this delivery is not in the published tallies; others and the live snapshot are unaffected",
    trace=trace,
)
