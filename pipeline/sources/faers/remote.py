"""FDA's download page: which quarterly archives are published and were not landed yet, and how one is fetched.

A quarter is known by what the server says of its archive (tag, date, size). What was last fetched, or first seen for
a quarter that a person put into the inbox, is kept in landing/faers/.remote/; when the server says otherwise it is a
re-issue.
"""

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline.durable import sha256_of, write_durably
from pipeline.errors import SourceMoved, SourceUnavailable
from pipeline.landing.download import Validators, download_zip, find_validators
from pipeline.landing.inbox import Offer
from pipeline.landing.patience import Patience
from pipeline.landing.receipts import Receipt
from pipeline.landing.store import lock
from pipeline.landing.web import WebPageInstead, open_client
from pipeline.quarters import name_quarter, number_quarter
from pipeline.settings import Settings
from pipeline.sources.faers.layout import FIRST_MODERN_QUARTER, NAME

UNPUBLISHED_QUARTERS = 3
"""The latest quarters, which may not be published yet: the current one, and two that ended within half a year."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Seen:
    """What the server said of a quarter's archive, and the sha256 of what was fetched (None: only looked at)."""

    validators: Validators
    sha256: str | None


def find_quarters(
    settings: Settings, receipts: Sequence[Receipt], patience: Patience | None = None, today: str | None = None
) -> list[Offer]:
    """Offer each published quarter that was not landed, or that FDA issued anew since. Unpublished ones are skipped.

    today: the last quarter asked for (2026Q4). Raises SourceUnavailable; SourceMoved where no quarter at all is there
    although one that is over for half a year was asked for. Without a base URL nothing is asked.
    """
    if not settings.faers_url:
        return []
    offers, pages, is_any_there = [], [], False
    quarters = list(_quarters(settings.faers_first_quarter, today or _quarter_of(datetime.now(UTC))))
    with open_client(settings) as client:
        for quarter in quarters:
            name = archive_name(settings, quarter)
            bears = patience or Patience.of(settings)
            try:
                validators = find_validators(client, _url(settings, name), bears)
            except WebPageInstead as error:
                log.warning("%s is not there: %s", name, error)
                pages.append(error)
                continue
            is_any_there = is_any_there or validators is not None
            landed = [each for each in receipts if each.source == NAME and each.period == quarter]
            if validators and landed and not _read_seen(settings, quarter):
                # put into the inbox by a person before the server was ever asked: only a later change is a re-issue
                _write_seen(settings, quarter, Seen(validators, None))
            elif validators and _is_wanted(settings, quarter, name, validators, landed):
                offers.append(Offer(NAME, "fetched", _folder(settings) / name, name))
    if len(pages) == len(quarters) and pages:  # not one quarter was answered: a portal answers in place of the server
        raise pages[0]
    if not is_any_there and len(quarters) > UNPUBLISHED_QUARTERS:
        raise SourceMoved(
            f"none of the quarters {quarters[0]} to {quarters[-1]} is there: FDA may have moved its files",
            where=_url(settings, archive_name(settings, quarters[0])),
            todo="look for the quarterly ASCII extracts on FDA's site, then set NIGHTVIGIL_FAERS_URL, "
            "NIGHTVIGIL_FAERS_NAME and NIGHTVIGIL_FAERS_LEGACY_NAME",
        )
    return offers


def fetch(offer: Offer, settings: Settings, patience: Patience | None = None) -> Path:
    """Fetch the archive of an offer to its path, whole, and return it. Raises SourceUnavailable."""
    quarter = _quarter_named(settings, offer.name)
    bears = patience or Patience.of(settings)
    url = _url(settings, offer.name)
    with lock(offer.path.with_name(f".{offer.name}.lock")), open_client(settings) as client:
        seen = _read_seen(settings, quarter)
        if offer.path.exists() and seen and seen.sha256 == sha256_of(offer.path):
            if seen.validators == find_validators(client, url, bears):
                return offer.path  # fetched by a run that was interrupted before it could land it
            offer.path.unlink()
        validators = download_zip(client, url, offer.path, bears)
        _write_seen(settings, quarter, Seen(validators, sha256_of(offer.path)))
    return offer.path


def archive_name(settings: Settings, quarter: str) -> str:
    """The name of a quarter's archive, by the patterns in the settings."""
    pattern = settings.faers_name if quarter >= FIRST_MODERN_QUARTER else settings.faers_legacy_name
    return pattern.format(year=quarter[:4], quarter=quarter[5])


def _is_wanted(settings: Settings, quarter: str, name: str, validators: Validators, landed: list[Receipt]) -> bool:
    """Whether the published archive is one that we neither landed nor refused."""
    seen = _read_seen(settings, quarter)
    if seen is None or seen.validators != validators:
        return True
    if landed and (seen.sha256 is None or any(seen.sha256 in _sums(receipt) for receipt in landed)):
        return False
    if seen.sha256 and (refused := _refused(settings, name, seen.sha256)):
        log.warning("%s was refused and FDA has not changed it since: %s", name, refused)
        return False
    return True


def _sums(receipt: Receipt) -> list[str]:
    return [receipt.content_sha256, *(file.sha256 for file in receipt.files)]


def _refused(settings: Settings, name: str, sha256: str) -> Path | None:
    folder = settings.quarantine / NAME / "refused" / f"{sha256[:12]}-{name}"
    return folder if (folder / "refusal.json").exists() else None


def _quarters(first: str, last: str) -> Iterator[str]:
    return map(name_quarter, range(number_quarter(first), number_quarter(last) + 1))


def _quarter_of(moment: datetime) -> str:
    return f"{moment.year}Q{(moment.month + 2) // 3}"


def _quarter_named(settings: Settings, name: str) -> str:
    for quarter in _quarters(settings.faers_first_quarter, _quarter_of(datetime.now(UTC))):
        if archive_name(settings, quarter) == name:
            return quarter
    raise SourceUnavailable(
        "no quarter has an archive of this name",
        where=name,
        todo="check NIGHTVIGIL_FAERS_NAME, NIGHTVIGIL_FAERS_LEGACY_NAME and NIGHTVIGIL_FAERS_FIRST_QUARTER",
    )


def _url(settings: Settings, name: str) -> str:
    return f"{settings.faers_url.rstrip('/')}/{name}"


def _folder(settings: Settings) -> Path:
    return settings.landing / NAME / ".fetched"


def _seen_path(settings: Settings, quarter: str) -> Path:
    return settings.landing / NAME / ".remote" / f"{quarter}.json"


def _read_seen(settings: Settings, quarter: str) -> Seen | None:
    with suppress(
        FileNotFoundError, ValueError, TypeError, KeyError
    ):  # unreadable is unknown: the quarter is asked anew
        content = json.loads(_seen_path(settings, quarter).read_text(encoding="utf-8"))
        return Seen(Validators(**content["validators"]), content["sha256"])
    return None


def _write_seen(settings: Settings, quarter: str, seen: Seen) -> None:
    path = _seen_path(settings, quarter)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_durably(path, (json.dumps(asdict(seen), indent=1, sort_keys=True) + "\n").encode())
