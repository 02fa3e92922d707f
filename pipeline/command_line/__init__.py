"""What the commands of `nightvigil` do beyond calling `pipeline.nightly`: show, query and compare results.

Each command keeps its data on standard output and everything else on standard error. Modules that are heavy to
import (DuckDB, Arrow, the run itself) are imported inside the commands, so that help is there at once.
"""
