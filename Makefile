# Every command a person or the gate needs. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
UV_VERSION := 0.13.9
PYTHON ?= python3
BIN := .venv/bin
export UV_LINK_MODE := copy

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
	.build/uv/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --all-extras pyproject.toml -o requirements.lock
	.build/uv/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 requirements-duckdb2.in -o requirements-duckdb2.lock

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
	$(BIN)/pytest tests -n 2 --dist loadfile --no-loadscope-reorder

proofs: setup  ## the longer proofs: fuzz, kills, readers, the real scheduler; a skip is a failure
	$(BIN)/python -m tests.proofs

seeded-faults: setup  ## seed every listed fault, and print what stopped each
	$(BIN)/python -m tests.seeded_faults

honest-worlds: setup  ## two nights on each of 200 honest worlds of up to 20,000 cases and 200 trials; hours
	$(BIN)/python -m tests.quality.honest_worlds 0 200

repetitions: seeded-faults flips honest-worlds coverage  ## every repetition beyond what `make proofs` needs

flips: setup  ## two hundred bits flipped in landing, raw, typed, receipts and snapshot, each with what found it
	FLIPS=200 $(BIN)/pytest -m proof -s tests/whole_night/test_flipped_bits.py

test-duckdb2: .venv-duckdb2/.installed  ## the SQL and warehouse tests on the newest DuckDB 2.x
	.venv-duckdb2/bin/python -c "import duckdb; print('DuckDB', duckdb.__version__)"
	.venv-duckdb2/bin/python -m pytest -n 2 --dist loadfile tests/sql tests/test_typed.py tests/test_warehouse.py tests/test_estimates.py

.venv-duckdb2/.installed: requirements-duckdb2.lock | .build/uv/bin/uv
	@.build/uv/bin/uv venv --quiet --allow-existing --python $(PYTHON) .venv-duckdb2
	@.build/uv/bin/uv pip install --quiet --python .venv-duckdb2/bin/python --require-hashes --compile-bytecode -r requirements-duckdb2.lock
	@touch $@

bench: setup  ## the cost of a nightly run, as ratios to reading the same bytes once; then the shrunken ratios
	$(BIN)/python -m tests.bench.bench_nightly

history: setup  ## the full history, 25 million synthetic versions at default settings; hours, 40 GB: make history HISTORY=<folder>
	$(BIN)/python -m tests.bench.bench_history $(HISTORY)

compare: setup  ## the published bytes of two commits, on four worlds: make compare BASE=<commit> [HEAD=<commit>]
	$(BIN)/python -m tests.comparison $(BASE) $(or $(HEAD),HEAD)

figures: setup  ## rules, YAML lines, places of a word and edits of two commits: make figures BASE=<commit> [HEAD=<commit>]
	$(BIN)/python -m tests.comparison.figures $(BASE) $(or $(HEAD),HEAD)

names: setup  ## precision and recall of drug names without ingredients, before and after, on both parts of the answer key
	$(BIN)/python -m tests.sql.reports.names

coverage: setup  ## coverage of the methods of trials and of the adjusted contrast of routes, 500 data sets a world
	$(BIN)/python -m tests.statistics.coverage
	$(BIN)/python -m tests.statistics.confounded_worlds

clean:  ## remove environments, builds and caches; data/ and airflow-home/ are kept
	rm -rf .venv .venv-duckdb2 .build build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -not -path './data/*' -prune -exec rm -rf {} +

.PHONY: help setup lock run up review check format-sql test proofs seeded-faults flips honest-worlds repetitions test-duckdb2 bench history compare figures names coverage clean
