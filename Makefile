# Every command a person or the gate needs. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
UV_VERSION := 0.13.9
PYTHON ?= python3
BIN := .venv/bin
export UV_LINK_MODE := copy

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

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

.PHONY: help setup lock
