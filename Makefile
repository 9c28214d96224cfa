# Encaisse: `make demo` shows it at work, `make test` proves it. See `make help`.
# What follows a command is given in ARGS: make demo ARGS="--port 8001"

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(firstword $(shell command -v python3.11 python3.12 python3.13 python3 2>/dev/null))
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
UV ?= uv
PAGES ?= / /runs /runs/new /invoices /payments /customers /contracts /imports /ledger /ledger/balance /books /users /style
LOCK := $(UV) pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate --quiet

.PHONY: help install demo serve test test-long check look bench lock clean

help: ## Say what can be made.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: .venv/installed ## Install into .venv what running needs, from the lock.

demo: install ## Show a whole month at work with fictitious customers, then serve it until Ctrl-C.
	@exec $(BIN)/encaisse demo $(ARGS)

serve: install ## Serve the product with your own data until Ctrl-C.
	@exec $(BIN)/encaisse serve $(ARGS)

test: .venv/installed-dev ## Run the tests; those of the browser when Chromium is here.
	@tools/test

test-long: .venv/installed-dev ## Run the tests with thousands of cases for each property, then on PostgreSQL 15.
	@tools/test-long

check: export ENCAISSE_SECRET_KEY := read by nobody, since the checks serve nothing
check: export DATABASE_URL := postgresql://nobody@/nothing?host=/nowhere
check: .venv/installed-dev ## Hold the code to its rules: format, types, imports, migrations, translations.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -W ignore -m django makemigrations --check --dry-run --settings encaisse.config.settings
	$(BIN)/python tools/translations.py check

look: .venv/installed-dev ## Take pictures of the pages that `make demo` serves: make look PASSWORD=…
	$(BIN)/python tools/look.py http://127.0.0.1:8000 $(PAGES) --user direction@marees.example --password "$(PASSWORD)"

bench: install ## Measure, in a database made for it.
	$(BIN)/encaisse bench billing
	$(BIN)/encaisse bench documents

lock: ## Renew the locks after a change in pyproject.toml. Needs uv.
	$(LOCK) --output-file requirements/base.lock
	$(LOCK) --group dev --output-file requirements/dev.lock

clean: ## Remove what was made here. The data of the product stay in their home.
	rm -rf .venv build dist look *.egg-info .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@tools/python "$(PYTHON)"
	@$(PYTHON) -m venv .venv

.venv/installed: requirements/base.lock pyproject.toml | .venv/bin/python
	@echo "Installing into .venv, once: a minute or two."
	@$(PIP) install --require-hashes --requirement requirements/base.lock
	@$(PIP) install --no-deps --editable .
	@touch $@

.venv/installed-dev: requirements/dev.lock .venv/installed
	@echo "Installing the tools of the tests into .venv, once."
	@$(PIP) install --require-hashes --requirement requirements/dev.lock
	@touch $@
