"""How DuckDB writes letters in capitals, in small letters and without accents, as lists for Spark's `translate`.

DuckDB's capitals and small letters are of each character by itself; Java looks at its neighbours (a final sigma), may
write two characters for one (the German sharp s), and knows another version of Unicode. DuckDB is asked for every
character. Its `strip_accents` also joins the parts of a Korean syllable; `words_of`, which alone uses it, drops both.
"""

from dataclasses import dataclass
from functools import cache

import duckdb


@dataclass(frozen=True)
class Change:
    """Characters that become others: `before[i]` becomes `after[i]`, and is left out where `after` is shorter."""

    before: str
    after: str


@cache
def read_changes(function: str) -> Change:
    """What a function of DuckDB changes: `upper`, `lower` or `strip_accents`. Each gives one character or none."""
    rows = (
        duckdb.connect()
        .execute(
            f"select letter, {function}(letter) as changed from (select chr(code::integer) as letter from ("  # noqa: S608
            "select unnest(range(1, 55296)) as code union all select unnest(range(57344, 1114112))"
            ")) where changed <> letter order by changed = '', letter"
        )
        .fetchall()
    )
    return Change("".join(letter for letter, _ in rows), "".join(changed for _, changed in rows))
