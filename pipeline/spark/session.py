"""A session of Apache Spark that means by a statement what DuckDB does, as far as settings decide."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import memory
from pipeline.errors import UsageError
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


def open_session(settings: Settings, scratch: Path) -> "SparkSession":
    """Connect to the master of the settings. scratch: a folder for what Spark writes beside the tables.

    Raises UsageError where PySpark or Java is not installed.
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
    return builder.getOrCreate()


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
