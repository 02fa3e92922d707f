"""Spark on this machine is reached from this machine alone."""

from pathlib import Path

import psutil
import pytest

from tests.spark.conftest import started_spark

pytestmark = [pytest.mark.spark, pytest.mark.timeout(600)]

LOOPBACK = {"127.0.0.1", "::1", "::ffff:127.0.0.1"}


def test_local_master_listens_on_loopback_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPARK_LOCAL_IP", raising=False)
    with started_spark(tmp_path):
        found = {
            connection.laddr.ip
            for process in psutil.Process().children(recursive=True)
            if process.name() == "java"
            for connection in process.net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        }
    assert found and found <= LOOPBACK
