"""Whole or still arriving: what does not prove itself whole is looked at twice before it is accepted or refused.

A zip with a sound directory and right checksums is whole. Anything else (a zip that is not, a folder, a loose file)
is compared with its state when it was listed, some seconds before; what was written to meanwhile stays in the inbox.
All entries are listed before the first is landed, so a run waits once and not once for each.
"""

import hashlib
import struct
import time
import zipfile
from dataclasses import replace
from pathlib import Path

from pipeline.landing.inbox import Offer
from pipeline.landing.store import fingerprint
from pipeline.settings import Settings

NO_DIRECTORY = (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, struct.error)


def look_at(offer: Offer) -> Offer:
    """The offer with its state of this moment."""
    return replace(offer, seen=_describe(offer.path), seen_at=time.time())


def needs_second_look(offer: Offer) -> bool:
    """Whether an offer does not show by itself that it is whole. What we fetched was checked when it was fetched."""
    return offer.kind == "inbox" and not _has_directory(offer.path)


def is_arriving(offer: Offer, settings: Settings) -> bool:
    """Look at an offer of the inbox again, `arrival_seconds` after the first look: was it written to meanwhile?

    One that is gone is not arriving: another run has landed it.
    """
    if offer.kind != "inbox":
        return False
    first = offer if offer.seen else look_at(offer)
    wait = first.seen_at + settings.arrival_seconds - time.time()
    time.sleep(min(max(wait, 0.0), settings.arrival_seconds))  # at most that, also where the clock was set back
    return _describe(offer.path) not in (first.seen, "")


def _has_directory(path: Path) -> bool:
    """Whether it is a zip whose list of members can be read; its checksums are verified while it is staged."""
    if path.is_symlink() or not path.is_file():
        return False
    try:
        with zipfile.ZipFile(path):
            return True
    except NO_DIRECTORY:
        return False


def _describe(path: Path) -> str:
    """Names, sizes and times of all files as one text: equal where nothing was written. Empty where it is gone."""
    try:
        return hashlib.sha256(ascii(fingerprint(path)).encode()).hexdigest()
    except FileNotFoundError:
        return ""
