"""The formats in which an extract is written. Imports nothing heavy: the command line reads it when it starts."""

from enum import StrEnum


class FileFormat(StrEnum):
    """How an extract is written."""

    CSV = "csv"
    PARQUET = "parquet"
    XLSX = "xlsx"
