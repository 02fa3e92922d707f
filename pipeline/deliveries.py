"""What the sources offer and how it is landed, asked of their records. No source is known here by name."""

from pipeline.landing.arrival import look_at
from pipeline.landing.delivery import NotLanded
from pipeline.landing.inbox import Offer, find_offers
from pipeline.landing.receipts import Receipt, read_receipts
from pipeline.settings import Settings
from pipeline.sources import find_source
from pipeline.sources.record import Source


def find_deposited(settings: Settings, source: Source) -> list[Offer]:
    """What people and systems put into the inbox of a source, looked at for the first time."""
    return [look_at(offer) for offer in find_offers(settings) if offer.source == source.name]


def find_published(settings: Settings, source: Source) -> list[Offer]:
    """What the agency of a source has published and was not landed yet; raises SourceUnavailable."""
    if source.fetcher is None:
        return []
    return source.fetcher.find_published(settings, read_receipts(settings, source.name))


def land(settings: Settings, offer: Offer) -> Receipt | NotLanded:
    """Land one delivery, fetching it first where it is not here yet.

    Raises DeliveryRefused when it cannot be accepted, SourceUnavailable when its agency does not answer.
    """
    source = find_source(offer.source)
    if offer.kind == "fetched" and source.fetcher is not None and source.fetcher.fetch is not None:
        source.fetcher.fetch(offer, settings)
    return source.land(offer, settings)
