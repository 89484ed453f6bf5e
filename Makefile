# make setup: .venv with everything.  make demo: the main job.  make test, make check: as CI does.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
PYTHON := $(VENV)/bin/python
READY := $(VENV)/.ready
EXTRAS := relax,run,verify,test,dev
PIP := $(PYTHON) -m pip --disable-pip-version-check --no-input

.PHONY: help setup tools demo test check clean

help:
	@echo "make setup    prepare .venv with every extra and the arenite command"
	@echo "make demo     import, order, plan, compile, run on an emulated Cortex-M4, compare with TFLite"
	@echo "make test     run the tests"
	@echo "make check    run the linters and check the types"

setup: $(READY)

# The editable install follows the sources by itself; only new dependencies or entry points need another one.
$(READY): pyproject.toml
	@echo "preparing $(VENV); the first time this downloads TVM and takes a few minutes"
	@rm -f $(READY)
	@test -x $(PYTHON) && $(PYTHON) -m pip --version >/dev/null 2>&1 || "$$(.ci/find-python)" -m venv --clear $(VENV)
	@$(PIP) install --quiet --quiet --progress-bar off --upgrade pip
	@$(PIP) install --quiet --quiet --progress-bar off --editable '.[$(EXTRAS)]'
	@touch $(READY)

# Never fails: what is missing is named in one line, and the parts that need it are left out.
tools:
	@.ci/install-tools

demo: setup tools
	@$(PYTHON) demo.py

test: setup tools
	$(PYTHON) -m pytest --color=no

check: setup
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis src/*.egg-info
