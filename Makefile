# `make` alone lists the verbs. Only Python 3.11 or newer is needed; everything else is installed
# into .venv, from hashes.

PYTHON ?= python3
BIN := .venv/bin
# One more than there are cores: a test that waits for the database keeps no core busy.
CORES ?= $(shell expr $$(nproc 2>/dev/null || echo 1) + 1)
# Or each of the processes that the tests and the tour start compiles every module again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run tour test chaos check fmt diagrams examples bench lock clean

help: ## List the verbs
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1|\2/p' Makefile | \
	    while IFS='|' read -r verb text; do printf '  make %-10s%s\n' "$$verb" "$$text"; done

setup: .venv/run.stamp ## Install Fynlo into .venv; needs nothing but Python 3.11 or newer
	@echo 'Ready: `make run`, or $(BIN)/fynlo --help.'

run: .venv/run.stamp ## Start everything and open a demo restaurant
	@$(BIN)/fynlo demo

tour: .venv/run.stamp ## Start everything, make the demo's sales through the API, check the books, stop
	@$(BIN)/fynlo demo --once

test: .venv/dev.stamp ## Run every test and hold the coverage gates
	@$(BIN)/python -m pytest -n $(CORES) -p tests.coverage_gates --cov --cov-report=term

chaos: .venv/run.stamp ## Sell 5000 times while everything breaks; CHAOS='--seed 7' adds options
	@$(BIN)/fynlo chaos --payments 5000 --webhooks 10000 --outage 60 $(CHAOS)

check: .venv/dev.stamp ## Lint, formatting, types, imports, migrations, house rules, secrets
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@find src/fynlo/migrations/versions -name '*.sql' -exec $(BIN)/squawk {} +
	@$(BIN)/python -m pytest -q --no-header tests/house tests/test_tidy.py \
	    tests/test_secrets.py tests/test_requirements.py tests/test_docs.py

fmt: .venv/dev.stamp ## Format the code and repair what can be repaired safely
	@$(BIN)/ruff check --fix --exit-zero --quiet
	@$(BIN)/ruff format

diagrams: .venv/run.stamp ## Draw the state tables and the problem pages into docs/
	@$(BIN)/python -m tools.pages

examples: .venv/dev.stamp ## Play a day at the demo shop, and record it as the API's examples
	@$(BIN)/python -m tools.examples

bench: .venv/dev.stamp ## Measure sales per second beside the same statements in pgbench
	@$(BIN)/python -m bench

lock: ## Compile requirements/ from pyproject.toml (needs uv)
	@uv pip compile pyproject.toml --extra build $(LOCK) -o requirements/run.txt
	@uv pip compile pyproject.toml --extra build --extra dev $(LOCK) -o requirements/dev.txt

clean: ## Remove what these verbs made
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage .hypothesis

LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
    --no-header --upgrade -q
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
INSTALL := $(PIP) install -qq

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo 'Fynlo needs Python 3.11 or newer: make setup PYTHON=python3.12' >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	    { echo "$(PYTHON) has no venv: install your system's package for it," \
	        'on Debian and Ubuntu python3-venv.' >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

.venv/run.stamp: .venv/bin/python requirements/run.txt pyproject.toml
	@echo 'Installing Fynlo into .venv (once) …'
	@$(INSTALL) --no-deps --require-hashes -r requirements/run.txt
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev.stamp: .venv/run.stamp requirements/dev.txt
	@echo 'Installing the tools of the tests …'
	@$(INSTALL) --no-deps --require-hashes -r requirements/dev.txt
	@touch $@
