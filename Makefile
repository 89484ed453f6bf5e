# make setup: .venv with everything.  make demo: the main job.  make test, make check: as CI does.
# make relay-env: .venv-relay with a TVM that still has Relay.  make test-relay: the tests of that lane.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
PYTHON := $(VENV)/bin/python
READY := $(VENV)/.ready
EXTRAS := relax,run,verify,pictures,test,fuzz,dev,docs,notebooks
PIP := $(PYTHON) -m pip --disable-pip-version-check --no-input

RELAY_VENV := .venv-relay

.PHONY: help setup tools demo test check docs relay-env test-relay native clean

help:
	@echo "make setup    prepare .venv with every extra and the arenite command"
	@echo "make demo     import, order, plan, compile, run on an emulated Cortex-M4, compare with TFLite"
	@echo "make test     run the tests"
	@echo "make check    run the linters and check the types"
	@echo "make native   compile the solvers in src/arenite/native, after a change there; needs clang and lld"
	@echo "make docs     build the documentation from the code"
	@echo "make relay-env   prepare .venv-relay around TVM 0.17, the last one in a registry that has Relay"
	@echo "make test-relay  run the tests of the Relay lane in it"

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
	$(PYTHON) -m pytest --color=no -n auto --maxprocesses 4 --dist worksteal

check: setup
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy

# The compiled module is part of the sources; only who changes the C files needs this.
native: setup
	@$(PYTHON) -m arenite.native.build

# Anew each time: Sphinx does not know which modules a generated page comes from.
docs: setup
	@rm -rf docs/_build
	@$(PYTHON) -m sphinx --quiet --fail-on-warning --keep-going -d docs/_build/doctrees docs docs/_build/html
	@echo "built docs/_build/html/index.html"

# Says in one line why not where the platform has no such TVM.
relay-env: $(RELAY_VENV)/.ready

$(RELAY_VENV)/.ready: pyproject.toml .ci/relay-env .ci/relay-requirements.txt .ci/relay-wheel.txt .ci/cuda_stubs.py
	@.ci/relay-env

test-relay: relay-env tools
	@if [ -e $(RELAY_VENV)/.ready ]; then $(RELAY_VENV)/bin/python -m pytest --color=no tests/relay; \
	  else echo "SKIPPED: the tests of the Relay lane, for there is no $(RELAY_VENV)"; fi

clean:
	rm -rf $(VENV) $(RELAY_VENV) build dist docs/_build .mypy_cache .ruff_cache .pytest_cache .hypothesis src/*.egg-info
