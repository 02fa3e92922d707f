# %% [markdown]
# # Two snapshots compared
# The counts that differ between the last two snapshots of a home, or between those of `NIGHTVIGIL_EARLIER` and
# `NIGHTVIGIL_LATER`. `nightvigil diff A B` lists every cell of every table.

# %%
import os
from pathlib import Path

import duckdb

home = Path(os.environ.get("NIGHTVIGIL_HOME") or "data/sample")
folder = home / "published" / "snapshots"
kept = sorted(path.parent.name for path in folder.glob("*/nightvigil.duckdb"))
later = os.environ.get("NIGHTVIGIL_LATER") or kept[-1]
earlier = os.environ.get("NIGHTVIGIL_EARLIER") or kept[-2:][0]
if earlier == later:
    print("there is one snapshot only: it is compared with itself")

# %%
connection = duckdb.connect()
for name, snapshot in (("earlier", earlier), ("later", later)):
    path = str(folder / snapshot / "nightvigil.duckdb").replace("'", "''")
    connection.execute(f"attach '{path}' as {name} (read_only)")
print(f"{earlier} -> {later}")

# %% [markdown]
# A cell that one of them lacks counts as no row, which is not the same as 0.

# %%
changed = connection.execute(
    """
    select source, drug, route, reaction, definition, earlier.case_count, later.case_count
    from earlier.summary.reported_by_drug_route as earlier
    full join later.summary.reported_by_drug_route as later using (source, drug, route, reaction, definition)
    where earlier.case_count is distinct from later.case_count
    order by all
    """
).fetchall()
for *cell, before, now in changed:
    shown = ["no row" if number is None else str(number) for number in (before, now)]
    print(f"{' '.join(cell)}: {' -> '.join(shown)}")
print(f"{len(changed)} counts differ")
