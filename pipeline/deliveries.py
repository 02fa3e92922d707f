"""The one place that lists the sources: what each offers, how it lands, and what its raw tables look like.

Sources do not know one another; a new one is a module in `sources/`, its models in `sql/`, and a line here.
"""

from pipeline import typed
from pipeline.landing.delivery import NotLanded
from pipeline.landing.inbox import Offer, find_offers
from pipeline.landing.receipts import Receipt, read_receipts
from pipeline.settings import Settings
from pipeline.sources import clinicaltrials, clinicaltrials_remote, faers, faers_remote

SOURCES = ("faers", "clinicaltrials")

RAW_COLUMNS = {
    "faers": {
        f"faers_{table}": typed.raw_columns(columns.split(), ledgered=True)
        for table, columns in faers.COLUMNS.items()
    },
    "clinicaltrials": {
        "clinicaltrials_record": typed.raw_columns(("nct_id", "record_text", "member"), ledgered=False)
    },
}


def find_dropped(settings: Settings, source: str) -> list[Offer]:
    """What people and systems dropped into the inbox of a source."""
    return [offer for offer in find_offers(settings) if offer.source == source]


def is_fetched(settings: Settings, source: str) -> bool:
    """Whether the agency of a source is asked at all."""
    return bool({"faers": settings.faers_url, "clinicaltrials": settings.clinicaltrials_url}[source])


def find_published(settings: Settings, source: str) -> list[Offer]:
    """What the agency of a source has published and was not landed yet; raises SourceUnavailable."""
    receipts = read_receipts(settings, source)
    if source == faers.SOURCE:
        return faers_remote.find_quarters(settings, receipts)
    fetched = clinicaltrials_remote.fetch(settings, receipts)
    return [fetched] if fetched else []


def land(settings: Settings, offer: Offer) -> Receipt | NotLanded:
    """Land one delivery, fetching it first where it is not here yet.

    Raises DeliveryRefused when it cannot be taken, SourceUnavailable when its agency does not answer.
    """
    if offer.source == faers.SOURCE:
        if offer.kind == "fetched":
            faers_remote.fetch(offer, settings)
        return faers.land(offer, settings)
    return clinicaltrials.land(offer, settings)
