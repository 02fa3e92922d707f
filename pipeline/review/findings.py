"""What a snapshot of sheets finds, one sentence each."""

import duckdb

SENTENCES = """
    select sentence_text
    from summary.finding
    where register = 'studies' and bound = 'lower' and trial_count > 0
    order by drug, route, reaction, population, comparator
"""


def list_findings(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The sentences of `summary.finding` for the studies of sheets, at the lower bound."""
    return [text for (text,) in connection.execute(SENTENCES).fetchall()]
