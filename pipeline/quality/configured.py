"""An expectation of ours states its configuration once: Great Expectations asks for it forty times a rule."""

from typing import Any

from great_expectations.compatibility.pydantic import PrivateAttr
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration


class ConfiguredOnce(BatchExpectation):
    """A base of expectations that nobody changes after they are made."""

    _configured: Any = PrivateAttr(default=None)

    @property
    def configuration(self) -> ExpectationConfiguration:
        if self._configured is None:
            self._configured = super().configuration
        made: ExpectationConfiguration = self._configured
        return made
