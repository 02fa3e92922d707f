"""What SQLGlot carries from DuckDB to Spark wrongly or not at all, a rule for each difference.

Most of the differences neither engine reports: the statement runs, and means something else.
"""

from pipeline.spark.rules import lists, texts, values
from pipeline.spark.rules.parts import Rule
from pipeline.spark.rules.queries import compare_columns, select_values

RULES: tuple[Rule, ...] = (
    texts.trim_blanks,
    texts.change_letters,
    texts.use_patterns_of_java,
    lists.collect_lists,
    lists.read_lists,
    lists.compare_lists,
    lists.make_series,
    lists.unnest_side_by_side,
    values.aggregate_values,
    values.complete_conditions,
    values.read_dates,
    values.hash_values,
    values.round_numbers,
    values.refuse_fractions,
    compare_columns,
    select_values,
)
"""In this order; that of unions by name, which asks for columns, follows them."""
