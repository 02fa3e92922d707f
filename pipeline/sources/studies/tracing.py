"""The rows of an extraction sheet that are a study's."""

from collections.abc import Iterator

from pipeline.landing.receipts import Receipt
from pipeline.landing.tracing import Search, Traced, trace_records
from pipeline.settings import Settings
from pipeline.sources.studies.layout import RAW_FILE


def trace_study(settings: Settings, receipt: Receipt, number: str) -> Iterator[Traced]:
    """Every row of one sheet whose study has that name or registry number; a stratum after a comma is left aside."""
    name = number.strip()
    search = Search(
        "lower(trim(study)) in (lower(?), lower(?)) or lower(trim(registry_number)) = lower(?)",
        (name, name.rpartition(", ")[0] or name, name),
    )
    yield from trace_records(settings, receipt, "row", RAW_FILE, search)
