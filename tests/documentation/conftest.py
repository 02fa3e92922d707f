"""The source of the documentation site, generated once for every test of it."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.resources import ROOT


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that Sphinx reads. A process of its own makes it: Airflow reads its settings at its first import."""
    folder = tmp_path_factory.mktemp("documentation") / "source"
    command = [sys.executable, "-m", "docs_build", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder
