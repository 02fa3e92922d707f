"""ClinicalTrials.gov: registered trials and what they posted, as study records of API v2."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from pipeline.landing.delivery import NotLanded, Staged
from pipeline.landing.inbox import Offer
from pipeline.landing.receipts import Receipt
from pipeline.landing.tracing import Traced
from pipeline.settings import Settings
from pipeline.sources.clinicaltrials.layout import COLUMNS, NAME, RAW_FILE
from pipeline.sources.record import Fetcher, Freshness, RawTable, Source


def land(offer: Offer, settings: Settings) -> Receipt | NotLanded:
    """Land study records: a .json file, or a zip or folder of them. Raises DeliveryRefused with what and where."""
    from pipeline.sources.clinicaltrials.studies import land_studies

    return land_studies(offer, settings)


def stage(kept: Path, raw: Path, quarantine: Path, settings: Settings) -> Staged:
    """Stage kept study records. Raises DeliveryRefused with what and where."""
    from pipeline.sources.clinicaltrials.studies import stage_studies

    return stage_studies(kept, raw, quarantine, settings)


def _find_published(settings: Settings, receipts: Sequence[Receipt]) -> list[Offer]:
    from pipeline.sources.clinicaltrials.remote import fetch

    fetched = fetch(settings, receipts)
    return [fetched] if fetched else []


def _find_data_date(settings: Settings, receipts: Sequence[Receipt]) -> date | None:
    from pipeline.sources.clinicaltrials.remote import find_data_date

    return find_data_date(settings, receipts)


def trace(settings: Settings, receipt: Receipt, number: str) -> Iterable[Traced]:
    """The records of a delivery that are a trial's."""
    from pipeline.sources.clinicaltrials.tracing import trace_trial

    return trace_trial(settings, receipt, number)


SOURCE = Source(
    name=NAME,
    title="ClinicalTrials.gov",
    agency="the registry",
    wing="trials",
    delivery_kinds=("a .json file of study records", "a zip or a folder of such files"),
    raw_tables=(RawTable("record", COLUMNS, RAW_FILE),),
    has_lines=False,
    land=land,
    stage=stage,
    fetcher=Fetcher(lambda settings: bool(settings.clinicaltrials_url), _find_published),
    asset="trials",
    schedule="30 1 * * *",
    # The register is refreshed on every working day; of some thousand watched studies one changes every few days.
    freshness=Freshness(warning_days=30, alarm_days=90, find_data_date=_find_data_date),
    consequence="these trials are not in the published tables; reports and the live snapshot are unaffected",
    trace=trace,
)
