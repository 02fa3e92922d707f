"""The expectation behind all rules of a table that follow from the contract, and the one scan that answers them.

A fact is a count of what breaks a rule. The facts of a table are one expectation and one metric of Great
Expectations, which takes longer over an expectation than DuckDB over a fact of a small table. Where the scan as a
whole fails, each fact is asked for alone, so that a column that is gone makes an error of the rules about it and of
no other.
"""

import json
from collections.abc import Sequence
from typing import Any, ClassVar

from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.execution_engine.execution_engine import ExecutionEngine
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.metrics.metric_provider import MetricProvider, metric_value
from sqlalchemy.exc import SQLAlchemyError

from pipeline.quality.configured import ConfiguredOnce

METRIC = "nightvigil.contract_facts"


class ContractFacts(MetricProvider):
    """By rule, how many rows break it, or as text why that could not be counted."""

    metric_name = METRIC
    value_keys = ("table", "facts")
    domain_keys = ("batch_id",)

    @metric_value(engine=SqlAlchemyExecutionEngine)  # type: ignore[untyped-decorator]
    def _sqlalchemy(
        cls,  # noqa: N805 - Great Expectations makes a class method of it
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> dict[str, int | str]:
        table, facts = metric_value_kwargs["table"], json.loads(metric_value_kwargs["facts"])
        with execution_engine.get_connection() as connection:
            try:
                return _count(connection, table, facts)
            except SQLAlchemyError:
                return {name: _count_alone(connection, table, name, fact) for name, fact in facts.items()}


class ExpectContractToHold(ConfiguredOnce):
    """No row of the table breaks a rule of its contract. facts: JSON, by rule its SQL expression.

    The details of its result say, by rule, how many rows break it, or as text why that could not be counted.
    """

    table: str
    facts: str

    domain_type: ClassVar[MetricDomainTypes] = MetricDomainTypes.TABLE
    metric_dependencies: ClassVar[tuple[str, ...]] = (METRIC,)
    success_keys: ClassVar[tuple[str, ...]] = ("table", "facts")
    args_keys: ClassVar[tuple[str, ...]] = ("table", "facts")

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: ExecutionEngine[Any] | None = None,
    ) -> dict[str, Any]:
        found = metrics[METRIC]
        return {"success": not any(found.values()), "result": {"details": found}}


def _count(connection: Any, table: str, facts: dict[str, str]) -> dict[str, int | str]:
    listed = ", ".join(fact.format(batch=table) for fact in facts.values())
    row: Sequence[int] = connection.exec_driver_sql(f"select {listed} from {table}").fetchone()  # noqa: S608
    return dict(zip(facts, row, strict=True))


def _count_alone(connection: Any, table: str, name: str, fact: str) -> int | str:
    """Each in a transaction of its own: one that fails leaves its transaction aborted."""
    connection.rollback()
    try:
        return _count(connection, table, {name: fact})[name]
    except SQLAlchemyError as error:
        connection.rollback()
        return str(getattr(error, "orig", error))
