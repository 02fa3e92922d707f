"""Withdrawal of a delivery that was landed and cannot be used, before anything of it was published.

Its receipt leaves the ledger by one rename, unedited, so that no later run meets it; its bytes stay in landing.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

from pipeline.durable import flush, write_durably
from pipeline.errors import NightvigilError
from pipeline.landing import store
from pipeline.landing.receipts import Receipt
from pipeline.settings import Settings


def withdraw(settings: Settings, receipt: Receipt, problem: NightvigilError) -> Path:
    """Move a delivery from raw to quarantine/<source>/refused/<delivery id>/, with refusal.json saying why.

    What it replaced becomes current again. The same bytes can be landed again. Withdrawing twice is withdrawing once.
    """
    raw = settings.raw / receipt.source / receipt.delivery_id
    broken = settings.quarantine / receipt.source / receipt.delivery_id
    folder = settings.quarantine / receipt.source / "refused" / receipt.delivery_id
    with store.lock(store.source_lock(settings, receipt.source)):
        folder.mkdir(parents=True, exist_ok=True)
        write_durably(folder / "refusal.json", _describe(receipt, problem))
        for path, name in ((raw, "raw"), (broken, "quarantine")):
            if path.exists():  # else another run has withdrawn it, or it has no lines in quarantine of its own
                path.rename(folder / name)
                flush(path.parent)
        flush(folder)
    return folder


def find_received(settings: Settings, receipt: Receipt) -> Path:
    """The file or folder of a delivery as received, in landing."""
    folder = settings.landing / receipt.source / receipt.content_sha256
    return next(folder.glob("*"), folder)


def _describe(receipt: Receipt, problem: NightvigilError) -> bytes:
    note = {
        **problem.to_json(),
        "reasons": [problem.what],
        "content_sha256": receipt.content_sha256,
        "delivery_id": receipt.delivery_id,
        "origin": receipt.origin,
        "refused_at": datetime.now(UTC).isoformat(timespec="microseconds"),
    }
    return (json.dumps(note, indent=1, sort_keys=True) + "\n").encode()
