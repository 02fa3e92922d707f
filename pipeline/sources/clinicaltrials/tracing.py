"""The records of a delivery that are a trial's."""

from collections.abc import Iterator

from pipeline.landing.receipts import Receipt
from pipeline.landing.tracing import Search, Traced, trace_quarantined_records, trace_records
from pipeline.settings import Settings
from pipeline.sources.clinicaltrials.layout import RAW_FILE


def trace_trial(settings: Settings, receipt: Receipt, number: str) -> Iterator[Traced]:
    """Every record of one delivery with that NCT number, as received, and those in quarantine that hold it."""
    nct_id = number.strip().upper()
    yield from trace_records(settings, receipt, "record", RAW_FILE, Search("nct_id = ?", (nct_id,)))
    if nct_id:
        yield from trace_quarantined_records(settings, receipt, "record", nct_id)
