"""Studies of a review: counts that people extracted from articles, as a sheet (CSV, XLSX) or a RevMan 5 file."""

from collections.abc import Iterable
from pathlib import Path

from pipeline.landing.delivery import NotLanded, Staged
from pipeline.landing.inbox import Offer
from pipeline.landing.receipts import Receipt
from pipeline.landing.tracing import Traced
from pipeline.settings import Settings
from pipeline.sources.record import RawTable, Source
from pipeline.sources.studies.layout import NAME, RAW_COLUMNS, RAW_FILE


def land(offer: Offer, settings: Settings) -> Receipt | NotLanded:
    """Land one sheet, whole or not at all. Raises DeliveryRefused with every error of it by row and column."""
    from pipeline.sources.studies.staging import land_sheet

    return land_sheet(offer, settings)


def stage(kept: Path, raw: Path, quarantine: Path, settings: Settings) -> Staged:
    """Stage a kept sheet. Raises DeliveryRefused with every error of it by row and column."""
    from pipeline.sources.studies.staging import stage_sheet

    return stage_sheet(kept, raw, quarantine, settings)


def trace(settings: Settings, receipt: Receipt, number: str) -> Iterable[Traced]:
    """The rows of a sheet that are a study's."""
    from pipeline.sources.studies.tracing import trace_study

    return trace_study(settings, receipt, number)


SOURCE = Source(
    name=NAME,
    title="Extraction sheets of reviews",
    agency="the person who extracts",
    wing="trials",
    delivery_kinds=(
        "an extraction sheet (.csv or .xlsx; `nightvigil studies --template` writes one)",
        "a RevMan 5 file (.rm5)",
    ),
    raw_tables=(RawTable("row", RAW_COLUMNS, RAW_FILE),),
    has_lines=False,
    land=land,
    stage=stage,
    fetcher=None,
    asset="studies",
    schedule="45 1 * * *",
    freshness=None,  # a review is extracted once; silence says nothing
    consequence="these studies are not in the published tables; others and the live snapshot are unaffected",
    trace=trace,
)
