"""The gate: every rule of `expectations/` is asked of a candidate, and only a clean answer opens it.

Great Expectations runs in a process of its own (`python -m pipeline.quality`); nothing here imports it except
`duckdb_engine`, `evaluation` and what they serve, so that `--help` and the DAG files stay light.
"""

import os

from pipeline.quality.append import append_results
from pipeline.quality.process import WaitingJudge, judge, waiting_judge
from pipeline.quality.profile import stamp_profile
from pipeline.quality.verdict import RuleResult, Verdict

os.environ["GX_ANALYTICS_ENABLED"] = "false"  # it reads this on import, and would report every run to its makers

__all__ = ["RuleResult", "Verdict", "WaitingJudge", "append_results", "judge", "stamp_profile", "waiting_judge"]
