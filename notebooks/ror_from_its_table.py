# %% [markdown]
# # One reporting odds ratio from its 2x2 table
# Takes the four cells of one row of `summary.signal` and computes ROR and its interval by hand (Woolf's variance on
# the scale of logarithms), then compares with what is published.
#
# Disproportionate reporting is a reason to read the cases. It is no risk and no effect.

# %%
import math
import os
from pathlib import Path
from statistics import NormalDist

import duckdb

home = Path(os.environ.get("NIGHTVIGIL_HOME") or "data/sample")
connection = duckdb.connect(str(home / "published" / "current" / "nightvigil.duckdb"), read_only=True)
drug, route, reaction = "ketamine", "intravenous", "hallucination"

# %%
both, drug_only, reaction_only, neither, ror, lower, upper = connection.execute(
    """
    select with_both_count, drug_only_count, reaction_only_count, neither_count, ror, ror_lower, ror_upper
    from summary.signal
    where drug = ? and route = ? and reaction = ? and definition = 'narrow'
        and analysis = 'primary' and comparator = 'all_other_cases' and stratum = 'all'
    order by source
    """,
    [drug, route, reaction],
).fetchone()
print(f"{'':<24}{reaction:>16}{'no ' + reaction:>20}")
print(f"{drug + ', ' + route:<24}{both:>16}{drug_only:>20}")
print(f"{'all other cases':<24}{reaction_only:>16}{neither:>20}")

# %% [markdown]
# ROR = (a / b) / (c / d). The standard error of its logarithm is the root of 1/a + 1/b + 1/c + 1/d. With an empty
# cell there is no ROR: nothing is added to a cell.

# %%
computed = (both / drug_only) / (reaction_only / neither)
error = math.sqrt(1 / both + 1 / drug_only + 1 / reaction_only + 1 / neither)
z = NormalDist().inv_cdf(0.975)
interval = (computed * math.exp(-z * error), computed * math.exp(z * error))
print(f"computed:  {computed:.4f} ({interval[0]:.4f} to {interval[1]:.4f})")
print(f"published: {ror:.4f} ({lower:.4f} to {upper:.4f})")
assert math.isclose(computed, ror, rel_tol=1e-9)
assert math.isclose(interval[0], lower, rel_tol=1e-9) and math.isclose(interval[1], upper, rel_tol=1e-9)
