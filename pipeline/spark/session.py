"""A session of Apache Spark that means by a statement what DuckDB does, as far as settings decide."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import memory
from pipeline.errors import NightvigilError, UsageError
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MEANING = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.caseSensitive": "false",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.log.level": "ERROR",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
"""What decides the values of a table, and what must not open a port or write into a log. All else is Spark's own
configuration (`spark-defaults.conf` in SPARK_CONF_DIR)."""
LOOPBACK = "127.0.0.1"
LONGEST_CAUSE = 500  # characters of a message


def open_session(settings: Settings, scratch: Path) -> "SparkSession":
    """Connect to the master of the settings. scratch: a folder for what Spark writes beside the tables.

    Raises UsageError where PySpark or Java is not installed, NightvigilError where Spark does not start.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise UsageError(
            "the engine spark needs PySpark, which is not installed",
            where="NIGHTVIGIL_ENGINE",
            todo="install nightvigil[spark] (from a checkout: `make setup-spark`), or set NIGHTVIGIL_ENGINE=duckdb",
        ) from None
    if shutil.which("java") is None:
        raise UsageError(
            "the engine spark needs Java 17, which is not installed",
            where="PATH",
            todo="install openjdk-17-jre-headless, or set NIGHTVIGIL_ENGINE=duckdb",
        )
    builder = SparkSession.builder.appName("nightvigil").master(settings.spark_master)
    for name, value in (MEANING | _describe_place(settings, scratch)).items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except list_failures() as error:
        raise NightvigilError(
            f"Spark did not start: {find_cause(error)}",
            where=f"NIGHTVIGIL_SPARK_MASTER, {settings.spark_master}",
            todo="see that the address is that of a master that answers (spark://host:7077) or local[2], and that "
            "NIGHTVIGIL_MEMORY_LIMIT is at least 600MB; or set NIGHTVIGIL_ENGINE=duckdb",
        ) from error


def list_failures() -> tuple[type[Exception], ...]:
    """The errors of Spark, of the bridge to it, and of a virtual machine of Java that is gone."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    return PySparkException, Py4JError, ConnectionError


def find_cause(error: Exception) -> str:
    """The line of an error that says why: a full disk where there is one, else what Java says it failed with."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    for mark in ("No space left", "Exception: "):
        if found := [line for line in lines if mark in line]:
            return found[0][:LONGEST_CAUSE]
    return (lines[0] if lines else type(error).__name__)[:LONGEST_CAUSE]


def _describe_place(settings: Settings, scratch: Path) -> dict[str, str]:
    """Where Spark works: on this machine it opens no port to others and takes the memory that DuckDB would."""
    place = {"spark.sql.warehouse.dir": str(scratch / "warehouse")}
    if settings.spark_master.startswith("local"):
        megabytes = memory.read_bytes(settings.memory_limit) >> 20
        place |= {
            "spark.driver.bindAddress": LOOPBACK,
            "spark.driver.host": LOOPBACK,
            "spark.driver.memory": f"{megabytes}m",
            "spark.local.dir": str(scratch / "spill"),
        }
    return place
