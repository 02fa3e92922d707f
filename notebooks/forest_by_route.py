# %% [markdown]
# # A forest by route
# The reporting odds ratio of one reaction by route of one drug, with its interval of 95 %, on a scale of logarithms.
# A row without an estimate keeps its reason.
#
# Routes differ in who is treated, where and for what: this is no comparison of their safety. `summary.route_contrast`
# names what confounds it.

# %%
import math
import os
from pathlib import Path

import duckdb

home = Path(os.environ.get("NIGHTVIGIL_HOME") or "data/sample")
connection = duckdb.connect(str(home / "published" / "current" / "nightvigil.duckdb"), read_only=True)
drug, reaction = "ketamine", "hallucination"

# %%
rows = connection.execute(
    """
    select route, with_both_count, ror, ror_lower, ror_upper, reason
    from summary.signal
    where drug = ? and reaction = ? and definition = 'narrow'
        and analysis = 'primary' and comparator = 'all_other_cases' and stratum = 'all'
    order by source, route
    """,
    [drug, reaction],
).fetchall()
bounds = [bound for row in rows if row[2] is not None for bound in row[3:5]]
WIDTH = 60
least = math.log(min([*bounds, 0.5]))
most = math.log(max([*bounds, 2.0]))


def find_place(ratio: float) -> int:
    """Where on the axis a ratio is, in characters."""
    return round((math.log(ratio) - least) / (most - least) * (WIDTH - 1))


# %%
print(f"{drug}, {reaction} (narrow): ROR against all other cases; | is 1")
for route, cases, ror, lower, upper, reason in rows:
    line = [" "] * WIDTH
    line[find_place(1)] = "|"
    if ror is not None:
        for place in range(find_place(lower), find_place(upper) + 1):
            line[place] = "-"
        line[find_place(ror)] = "o"
    estimate = f"{ror:.2f} ({lower:.2f} to {upper:.2f})" if ror is not None else f"not estimated: {reason}"
    print(f"{route:<24}{cases:>6} {''.join(line)} {estimate}")
