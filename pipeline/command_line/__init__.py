"""What the commands of `nightvigil` do beyond calling the night: how results are shown, asked for and compared.

Each command keeps its data on standard output and everything else on standard error. Modules that are heavy to
import (DuckDB, Arrow, the night itself) are imported inside the commands, so that help is there at once.
"""
