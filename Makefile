# Every command a person or the gate needs. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
UV_VERSION := 0.13.9
PYTHON ?= python3
BIN := .venv/bin
export UV_LINK_MODE := copy
# Without its compiled form every process of a run would compile the project anew, which takes seconds each.
unexport PYTHONDONTWRITEBYTECODE

help:  ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

.build/uv/bin/uv:
	@$(PYTHON) -m venv .build/uv
	@.build/uv/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/.installed: requirements.lock pyproject.toml | .build/uv/bin/uv
	@.build/uv/bin/uv venv --quiet --allow-existing --python $(PYTHON) .venv
	@.build/uv/bin/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements.lock
	@.build/uv/bin/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

setup: .venv/.installed  ## make .venv with the locked packages and the nightvigil command

lock: | .build/uv/bin/uv  ## resolve the dependencies anew
	.build/uv/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --extra dev pyproject.toml -o requirements.lock
	.build/uv/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 requirements-duckdb2.in -o requirements-duckdb2.lock
	.build/uv/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 requirements-docs.in -o requirements-docs.lock
	.build/uv/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --constraint requirements.lock --extra dev --extra spark pyproject.toml -o requirements-spark.lock

setup-spark: .venv-spark/.installed  ## make .venv-spark: what .venv has, and PySpark (needs Java 17)

.venv-spark/.installed: requirements-spark.lock pyproject.toml | .build/uv/bin/uv
	@.build/uv/bin/uv venv --quiet --allow-existing --python $(PYTHON) .venv-spark
	@.build/uv/bin/uv pip install --quiet --python .venv-spark/bin/python --require-hashes --compile-bytecode -r requirements-spark.lock
	@.build/uv/bin/uv pip install --quiet --python .venv-spark/bin/python --no-deps --no-build-isolation --editable .
	@touch $@

run: setup  ## one nightly run through Airflow on the invented sample world, ending with a table of counts
	@$(BIN)/python deploy/demonstrate.py

up: setup  ## a local Airflow with its web page on http://127.0.0.1:8080, until Ctrl-C
	@deploy/up.sh

review: setup  ## the published review's safety data: its own analyses, and apart from them our findings
	$(BIN)/python -m pipeline.review

check: setup  ## lint, format and types of Python; lint and format of SQL
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --processes 2 sql

format-sql: setup  ## format sql/ as `make check` wants it
	$(BIN)/sqlfluff fix --processes 2 sql

test: setup  ## the fast tests, a file at a time in two processes
	$(BIN)/pytest tests -m "not proof and not slow and not spark" -n 2 --dist loadfile --no-loadscope-reorder

proofs: setup  ## all other tests: those of many small worlds, fuzz, kills, readers, the real scheduler; a skip is a failure
	$(BIN)/python -m tests.proofs

spark: setup-spark  ## the tables of both engines compared on Spark: the sample world, random worlds, awkward strings, a killed executor
	.venv-spark/bin/python -m pytest tests/spark -m spark -n 2 --dist loadfile --no-loadscope-reorder -rP --durations=10

spark-worlds: setup-spark  ## twenty random worlds of each kind on both engines, an executor killed in each of trials; an hour and a half
	REPETITIONS=full .venv-spark/bin/python -m pytest tests/spark/test_random_worlds.py -m spark -rP

bench-spark: setup-spark  ## what a build of one synthetic quarter takes on Spark beside DuckDB, at three sizes; fails where a table differs
	.venv-spark/bin/python -m tests.bench.bench_spark

seeded-faults: setup  ## seed every listed fault, and print what stopped each
	REPETITIONS=full $(BIN)/python -m tests.seeded_faults

honest-worlds: setup  ## two nights on each of 200 honest worlds of up to 20,000 cases and 200 trials; hours
	$(BIN)/python -m tests.quality.honest_worlds 0 200

repeated-proofs: setup  ## the proofs on random worlds, schedules, kills and lines, in full
	REPETITIONS=full $(BIN)/python -m tests.proofs tests/sql tests/landing tests/whole_night/test_kills.py tests/whole_night/test_concurrent_runs.py tests/whole_night/test_taken_over.py tests/whole_night/test_damaged_records.py tests/whole_night/test_published_pages.py tests/publishing tests/quality tests/statistics tests/exports tests/site tests/test_edits.py

repetitions: seeded-faults repeated-proofs flips honest-worlds coverage all-duckdb2  ## every repetition beyond what `make proofs` needs

flips: setup  ## two hundred bits flipped in landing, raw, typed, receipts and snapshot, each with what found it
	REPETITIONS=full $(BIN)/pytest -m proof -s tests/whole_night/test_flipped_bits.py

# Every table on random worlds against its recount, and what is most particular to an engine.
ON_DUCKDB2 := $(wildcard tests/sql/test_*.py tests/sql/reports/test_*.py) \
	$(addprefix tests/sql/trials/test_,batches.py effects.py evidence_recount.py random_worlds.py sheet_recount.py) \
	tests/test_typed.py tests/test_warehouse.py tests/test_estimates.py

test-duckdb2: .venv-duckdb2/.installed  ## the SQL against its recounts, and the warehouse tests, on the newest DuckDB 2.x
	.venv-duckdb2/bin/python -c "import duckdb; print('DuckDB', duckdb.__version__)"
	.venv-duckdb2/bin/python -m pytest -n 2 --dist loadfile $(ON_DUCKDB2)

all-duckdb2:  ## every SQL test on the newest DuckDB 2.x
	$(MAKE) test-duckdb2 ON_DUCKDB2="tests/sql tests/test_typed.py tests/test_warehouse.py tests/test_estimates.py"

.venv-duckdb2/.installed: requirements-duckdb2.lock | .build/uv/bin/uv
	@.build/uv/bin/uv venv --quiet --allow-existing --python $(PYTHON) .venv-duckdb2
	@.build/uv/bin/uv pip install --quiet --python .venv-duckdb2/bin/python --require-hashes --compile-bytecode -r requirements-duckdb2.lock
	@touch $@

docs: setup .venv-docs/.installed  ## the documentation site in .build/docs/index.html; a warning, a broken link or a page of elsewhere is an error
	$(BIN)/python -m docs_build .build/docs-source
	@rm -rf .build/docs
	.venv-docs/bin/sphinx-build --quiet --fail-on-warning --keep-going --doctree-dir .build/docs-trees .build/docs-source .build/docs
	$(BIN)/python -m docs_build.built .build/docs

.venv-docs/.installed: requirements-docs.lock | .build/uv/bin/uv
	@.build/uv/bin/uv venv --quiet --allow-existing --python $(PYTHON) .venv-docs
	@.build/uv/bin/uv pip install --quiet --python .venv-docs/bin/python --require-hashes --compile-bytecode -r requirements-docs.lock
	@touch $@

bench: setup  ## the cost of a nightly run, as ratios to reading the same bytes once; then the shrunken ratios
	$(BIN)/python -m tests.bench.bench_nightly
	$(BIN)/python -m tests.bench.bench_deliveries

bench-history: setup  ## the full history, 25 million synthetic versions, and the nights after it; hours, 60 GB: make bench-history HISTORY=<folder>
	$(BIN)/python -m tests.bench.bench_history $(HISTORY)

compare: setup  ## the published bytes of two commits, on four worlds: make compare BASE=<commit> [HEAD=<commit>]
	$(BIN)/python -m tests.comparison $(BASE) $(or $(HEAD),HEAD)

figures: setup  ## rules, YAML lines, places of a word and edits of two commits: make figures BASE=<commit> [HEAD=<commit>]
	$(BIN)/python -m tests.comparison.figures $(BASE) $(or $(HEAD),HEAD)

names: setup  ## precision and recall of drug names without ingredients, before and after, on both parts of the answer key
	$(BIN)/python -m tests.sql.reports.names

indications: setup  ## precision and recall of the reading of indications, before and after, on both parts of the answer key
	$(BIN)/python -m tests.sql.reports.indications

doses: setup  ## precision and recall of the reading of doses of reports, on both parts of the answer key
	$(BIN)/python -m tests.sql.reports.doses

coverage: setup  ## coverage of the methods of trials and of the adjusted contrast of routes, 500 data sets a world
	$(BIN)/python -m tests.statistics.coverage
	$(BIN)/python -m tests.statistics.confounded_worlds

screenshots: setup  ## pictures of the pages of the sample world of `make run` at 1280 and 360 px and printed (needs chromium), or of REPORT=<folder>
	@test -n "$(REPORT)" || NIGHTVIGIL_HOME=data/sample $(BIN)/nightvigil report --to .build/report
	$(BIN)/python -m tests.site.screenshots $(or $(REPORT),.build/report) .build/screenshots

clean:  ## remove environments, builds and caches; data/ and airflow-home/ are kept
	rm -rf .venv .venv-duckdb2 .venv-docs .venv-spark .build build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -not -path './data/*' -prune -exec rm -rf {} +

.PHONY: help setup setup-spark lock run up review check format-sql docs test proofs spark spark-worlds bench-spark seeded-faults repeated-proofs flips honest-worlds repetitions test-duckdb2 all-duckdb2 bench bench-history compare figures names indications doses coverage screenshots clean
