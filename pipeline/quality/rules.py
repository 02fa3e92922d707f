"""What a rule is, and the rules of one table."""

from dataclasses import dataclass, field, replace
from typing import Any

SQL_EXPECTATION = "unexpected_rows_expectation"
CONTRACT_EXPECTATION = "expect_contract_to_hold"


@dataclass(frozen=True)
class Rule:
    """One expectation. parameters: its arguments. profiles: other arguments for a named volume profile.

    fact: of a rule that follows from the contract, the SQL expression that counts what breaks it.
    """

    name: str
    expect: str
    parameters: dict[str, Any]
    kind: str
    severity: str
    why: str
    profiles: dict[str, dict[str, Any]] = field(default_factory=dict)
    not_applicable_when: tuple[str, ...] = ()
    fact: str | None = None

    def in_profile(self, profile: str) -> "Rule":
        """The rule with the arguments of this profile laid over its own."""
        return replace(self, parameters={**self.parameters, **self.profiles.get(profile, {})})


@dataclass(frozen=True)
class Suite:
    """The rules of one table: the handwritten row count, those that follow from the contract, the handwritten rest.

    columns: name -> DuckDB type, the promise made to readers.
    """

    table: str
    columns: dict[str, str]
    rules: tuple[Rule, ...]
