"""What every module of this source has to agree on: its name, and its one raw table."""

NAME = "clinicaltrials"
COLUMNS = ("nct_id", "record_text", "member")
RAW_FILE = "records"
