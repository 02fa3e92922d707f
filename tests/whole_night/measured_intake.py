"""Lands each offer of a home in turn and prints what became of it, the seconds and the peak of memory, a line each.

python -m tests.whole_night.measured_intake HOME ADDRESS

ADDRESS: a server that sends without end; a fetch from it is measured last.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import duckdb

from pipeline import intake, typed
from pipeline.landing.inbox import Offer, find_offers
from pipeline.landing.receipts import read_receipts
from pipeline.settings import Settings
from pipeline.sources.clinicaltrials import studies
from pipeline.sources.faers import quarter, remote

QUARTER = "faers_ascii_2020q1.zip"


def reset_peak() -> None:
    """Let the kernel count the peak of this process anew; where it may not, the peak is that since the beginning."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def measure_peak() -> int:
    """The most memory this process held since the last reset, in MB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def read_account(settings: Settings, delivery_id: str) -> dict[str, Any]:
    """Some reasons of the quarantine of a delivery, and the studies it staged."""
    (receipt,) = (each for each in read_receipts(settings) if each.delivery_id == delivery_id)
    aside = settings.quarantine / receipt.source / receipt.raw_in
    reasons = []
    for path in aside.glob("*.parquet"):
        query = f"select distinct unnest(reasons) from '{path}' limit 200"
        reasons += [reason for (reason,) in duckdb.execute(query).fetchall()]
    records = settings.raw / receipt.source / receipt.raw_in / "records.parquet"
    staged = duckdb.execute(f"select nct_id from '{records}'").fetchall() if records.exists() else []
    return {"reasons": reasons, "staged": [nct_id for (nct_id,) in staged]}


def main(home: Path, address: str) -> None:
    assert studies and typed and quarter and remote, "imported before the first measurement"
    settings = Settings(home=home, threads=2)
    before = measure_peak()
    offers = [(settings, offer) for offer in find_offers(settings)]
    endless = Settings(home=home, threads=2, faers_url=address, fetch_max_bytes=100 << 20, fetch_attempts=1)
    offers.append((endless, Offer("faers", "fetched", settings.landing / "faers" / ".fetched" / QUARTER, QUARTER)))
    for its_settings, offer in offers:
        reset_peak()
        begun = time.monotonic()
        (outcome,) = intake.land_offers(its_settings, [offer.to_json()])
        found = {"name": offer.name, "status": outcome["status"], "message": outcome["message"]}
        found |= {"seconds": time.monotonic() - begun, "peak": measure_peak() - before}
        account = read_account(settings, outcome["delivery_id"]) if outcome["delivery_id"] else {}
        print(json.dumps(found | account), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
