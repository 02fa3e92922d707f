"""The expectation behind every rule that is a query: it names the rows that must not be."""

from typing import Any, ClassVar

from great_expectations.execution_engine.execution_engine import ExecutionEngine
from great_expectations.expectations.core.unexpected_rows_expectation import UnexpectedRowsExpectation

from pipeline.quality.configured import ConfiguredOnce

COUNT = "unexpected_rows_query.row_count"


class NoRows(ConfiguredOnce, UnexpectedRowsExpectation):
    """Great Expectations' own, asking each query once, for the number of its rows.

    The original also fetches rows, which for BASIC results it throws away: every query of the judge would run twice.
    The rows of a rule that failed are asked for afterwards (`samples.py`).
    """

    metric_dependencies: ClassVar[tuple[str, ...]] = (COUNT,)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: ExecutionEngine[Any] | None = None,
    ) -> dict[str, Any]:
        return {"success": metrics[COUNT] == 0, "result": {"observed_value": metrics[COUNT]}}
