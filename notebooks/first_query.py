# %% [markdown]
# # A first query
# Opens the live snapshot read-only and asks how many cases report hallucination, by drug and route. Set
# `NIGHTVIGIL_HOME` for another home than the sample world of `make run`.
#
# These are reports, not rates: a count has no denominator and does not show that the drug caused the reaction.

# %%
import os
from pathlib import Path

import duckdb

home = Path(os.environ.get("NIGHTVIGIL_HOME") or "data/sample")
snapshot = home / "published" / "current" / "nightvigil.duckdb"
connection = duckdb.connect(str(snapshot), read_only=True)
run_id, is_synthetic = connection.execute("select run_id, is_synthetic from meta.snapshot").fetchone()
print(f"snapshot {run_id}{' (invented data)' if is_synthetic else ''}")

# %% [markdown]
# Each row: cases that report the reaction, among cases with that drug by that route. Rows of routes do not add up, as
# a case may name two.

# %%
rows = connection.execute(
    """
    select drug, route, case_count, drug_route_case_count
    from summary.reported_by_drug_route
    where reaction = 'hallucination' and definition = 'narrow' and route in ('any', 'intravenous', 'not_intravenous')
    order by drug, route
    """
).fetchall()
print(f"{'drug':<28}{'route':<18}{'cases':>7}{'of':>8}")
for drug, route, cases, exposed in rows:
    print(f"{drug:<28}{route:<18}{cases:>7}{exposed:>8}")

# %% [markdown]
# Every number can be opened: the cases behind one of them.

# %%
cases_behind = connection.execute(
    "select case_id, first_received_date, is_serious "
    "from cases_behind('ketamine', 'intravenous', 'hallucination', 'narrow', null)"
).fetchall()
shown = {(drug, route): cases for drug, route, cases, _ in rows}
assert len(cases_behind) == shown.get(("ketamine", "intravenous"), 0)
print(f"{len(cases_behind)} cases behind ketamine, intravenous; the first: {cases_behind[:1]}")

# %% [markdown]
# What a column means is in the file itself.

# %%
for column, meaning in connection.execute(
    "select column_name, meaning from meta.column where table_name = 'summary.reported_by_drug_route' limit 8"
).fetchall():
    print(f"{column}: {meaning}")
