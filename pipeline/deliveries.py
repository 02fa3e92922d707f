"""The one place that lists the sources: how each lands a delivery, and what its raw tables look like.

Sources do not know one another; a new one is a module in `sources/`, its models in `sql/`, and a line here.
"""

from pipeline import typed
from pipeline.sources import clinicaltrials, clinicaltrials_remote, faers, faers_remote

SOURCES = ("faers", "clinicaltrials")
_LAND = {"faers": faers.land, "clinicaltrials": clinicaltrials.land}
_REMOTE = {"faers": faers_remote, "clinicaltrials": clinicaltrials_remote}

RAW_COLUMNS = {
    "faers": {
        f"faers_{table}": typed.raw_columns(columns, ledgered=True) for table, columns in faers.COLUMNS.items()
    },
    "clinicaltrials": {
        "clinicaltrials_record": typed.raw_columns(("nct_id", "record_text", "member"), ledgered=False)
    },
}
