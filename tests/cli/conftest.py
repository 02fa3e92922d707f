"""The command line as a person starts it: a separate process, in a home with published snapshots."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.publishing.conftest import Publisher

Command = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def publisher(settings) -> Publisher:
    return Publisher(settings)


@pytest.fixture
def nightvigil(publisher: Publisher) -> Command:
    """Run one command in the home; environment settings may be added by name."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "pipeline.cli", *arguments],
            env={**os.environ, "NIGHTVIGIL_HOME": str(publisher.settings.home), **environment},
            capture_output=True,
            timeout=600,
            check=False,
        )

    return run
