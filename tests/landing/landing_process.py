"""A process that lands one offer as soon as a file appears.

python -m tests.landing.landing_process HOME BEGIN OFFER
"""

import json
import sys
import time
from pathlib import Path

from pipeline.landing.inbox import Offer
from pipeline.landing.receipts import Receipt
from pipeline.settings import Settings
from pipeline.sources import faers

if __name__ == "__main__":
    home, begin, offer = sys.argv[1:]
    print("ready", flush=True)
    while not Path(begin).exists():
        time.sleep(0.001)
    result = faers.land(Offer.from_json(json.loads(offer)), Settings(home=Path(home)))
    print("landed" if isinstance(result, Receipt) else result.status)
