"""A session of Apache Spark that means by a statement what DuckDB does, as far as settings decide."""

import contextlib
import os
import shutil
import signal
import subprocess
import threading
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
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
    "spark.sql.parser.escapedStringLiterals": "false",
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
SECONDS_TO_END = 30
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
    if shutil.which("java", path=_find_java()) is None:
        raise UsageError(
            "the engine spark needs Java 17, which is not installed",
            where="JAVA_HOME, PATH",
            todo="install openjdk-17-jre-headless, or set NIGHTVIGIL_ENGINE=duckdb",
        )
    builder = SparkSession.builder.appName("nightvigil").master(settings.spark_master)
    for name, value in (MEANING | _describe_place(settings, scratch)).items():
        builder = builder.config(name, value)
    interrupted = signal.getsignal(signal.SIGINT)
    try:
        return builder.getOrCreate()
    except list_failures() as error:
        cause = find_cause(error)
        _end_machine()
        raise NightvigilError(
            f"Spark did not start: {cause}",
            where=f"NIGHTVIGIL_SPARK_MASTER, {settings.spark_master}",
            todo="see that the address is that of a master that answers (spark://host:7077) or local[2], and that "
            "NIGHTVIGIL_MEMORY_LIMIT is at least 600MB; or set NIGHTVIGIL_ENGINE=duckdb",
        ) from error
    finally:
        # PySpark takes Ctrl-C over for the rest of the process; how a run ends is for the command line to say
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, interrupted)


def end_session(session: "SparkSession") -> None:
    """End a session and the virtual machine of Java, whatever either is doing.

    What an interruption left unanswered would be read as the answer to the next question: another thread has a line
    of its own to the machine.
    """
    ending = threading.Thread(target=_stop, args=(session,), daemon=True)
    ending.start()
    ending.join(SECONDS_TO_END)
    _end_machine()


def _end_machine() -> None:
    """End the virtual machine, and let PySpark forget it: it would be asked again, dead or not."""
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    gateway = SparkContext._gateway
    if gateway is not None:
        with contextlib.suppress(*list_failures()):
            gateway.shutdown()
        gateway.proc.stdin.close()
        try:
            gateway.proc.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:  # it is still working on what nobody waits for
            gateway.proc.kill()
            gateway.proc.wait()
    SparkContext._gateway = SparkContext._jvm = SparkContext._active_spark_context = None
    SparkSession._instantiatedSession = None


def _stop(session: "SparkSession") -> None:
    with contextlib.suppress(*list_failures()):
        session.sparkContext.cancelAllJobs()
        session.stop()


def _find_java() -> str:
    """Where Spark looks for Java: in JAVA_HOME where that is set, else in PATH."""
    home = os.environ.get("JAVA_HOME")
    return str(Path(home) / "bin") if home else os.environ.get("PATH", "")


def list_failures() -> tuple[type[Exception], ...]:
    """The errors of Spark, of the bridge to it, and of a virtual machine of Java that is gone."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    return PySparkException, Py4JError, ConnectionError


def find_cause(error: Exception) -> str:
    """The line of an error that says why: a full disk where there is one, else what Java says it failed with."""
    try:
        text = str(error)
    except list_failures():  # the text of an error of Java is asked of a machine that may be gone
        text = ""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for mark in ("No space left", "Exception: "):
        if found := [line for line in lines if mark in line]:
            return found[0][:LONGEST_CAUSE]
    return (lines[0] if lines else type(error).__name__)[:LONGEST_CAUSE]


def _describe_place(settings: Settings, scratch: Path) -> dict[str, str]:
    """Where Spark works: on this machine it opens no port to others, and takes as much memory as DuckDB may."""
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
