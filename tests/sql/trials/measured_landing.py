"""Lands and types what is in the inbox of a home, one delivery, and prints what became of it and what it took.

python -m tests.sql.trials.measured_landing HOME
"""

import json
import sys
import time
from pathlib import Path

import duckdb

from pipeline import intake, typed
from pipeline.landing.inbox import find_offers
from pipeline.settings import Settings
from pipeline.sources.clinicaltrials import studies


def measure_peak() -> int:
    """The most memory that this process held so far, in MB. (`ru_maxrss` would begin with what its parent held.)"""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def main(home: Path) -> None:
    assert studies and typed, "imported before the first measurement"
    settings = Settings(home=home, threads=2)
    (offer,) = find_offers(settings)
    before, begun = measure_peak(), time.monotonic()
    outcome = intake.land_delivery(settings, offer.to_json())
    seconds, peak = time.monotonic() - begun, measure_peak() - before
    reasons, staged = [], []
    if outcome["delivery_id"]:
        kept = f"clinicaltrials/{outcome['delivery_id']}/records.parquet"
        query = "select distinct unnest(reasons) from read_parquet(?) limit 5"
        reasons = [reason for (reason,) in duckdb.execute(query, [str(settings.quarantine / kept)]).fetchall()]
        query = "select nct_id from read_parquet(?) order by record_number"
        staged = [nct_id for (nct_id,) in duckdb.execute(query, [str(settings.raw / kept)]).fetchall()]
    found = {"status": outcome["status"], "message": outcome["message"], "reasons": reasons, "staged": staged}
    print(json.dumps(found | {"seconds": seconds, "peak": peak}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
