"""Spark for tests: a configuration for small tables, and no port that another machine reaches."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.settings import Settings
from pipeline.spark.engine import SparkEngine, open_spark

LOCAL = "local[2]"
TWO_EXECUTORS = "local-cluster[2,1,1024]"

# Read when the virtual machine of Java starts, once in a process.
os.environ["SPARK_CONF_DIR"] = str(Path(__file__).with_name("conf"))
os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"


def describe_spark(home: Path, master: str = LOCAL) -> Settings:
    """Settings of a build on Spark below a home."""
    return Settings(home=home, engine="spark", spark_master=master, memory_limit="2GB")


@contextmanager
def started_spark(home: Path, master: str = LOCAL) -> Iterator[SparkEngine]:
    """An engine below a home; it is ended with the block."""
    with open_spark(describe_spark(home, master)) as engine:
        yield engine


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkEngine]:
    """One engine on this machine for the tests of a module."""
    with started_spark(tmp_path_factory.mktemp("spark")) as engine:
        yield engine
