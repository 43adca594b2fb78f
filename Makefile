# The front door. `make demo` and `make test` need Python, make and a package index; nothing before.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SOURCES := $(shell find src -type f -not -name '*.pyc') pyproject.toml README.md LICENSE
# nox looks for interpreters on PATH; pyenv keeps its own beside it.
PYENV_ROOT ?= $(HOME)/.pyenv
EMPTY :=
SPACE := $(EMPTY) $(EMPTY)
PYENV_BINS := $(subst $(SPACE),:,$(wildcard $(PYENV_ROOT)/versions/*/bin))

.PHONY: help demo rehearse test test-all bench lint format clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.wheel ## the 2019 incident, and the same traffic without it
	@$(BIN)/shelflife demo

rehearse: $(VENV)/.wheel ## a naive port found unsafe, one on shelflife safe, a poor log inconclusive
	@$(BIN)/python tools/rehearse_example.py

test: $(VENV)/.wheel ## the tests, against the built wheel
	$(BIN)/python -m pytest -m "not slow" $(ARGS)

test-all: $(VENV)/.wheel ## every Python, every redis-py, the slow matrices
	$(BIN)/python -m pytest $(ARGS)
	SHELFLIFE_REDIS_SERVER="$$($(BIN)/python -c 'import shelflife.testing as t; print(t.find_server())')" \
	  PATH="$(PATH):$(PYENV_BINS)" $(BIN)/python -m nox

bench: $(VENV)/.bench ## speed against the peers, side by side in one run
	$(BIN)/python bench/run.py $(ARGS)
	$(BIN)/python bench/entries.py
	$(BIN)/python bench/audit.py
	$(BIN)/python bench/repair.py
	$(BIN)/python bench/floors.py
	$(BIN)/python bench/fleet.py
	$(BIN)/python bench/rehearsals.py
	$(BIN)/python bench/web.py

lint: $(VENV)/.wheel ## ruff, mypy strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.ready ## put the code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## remove what the above made
	rm -rf "$(VENV)" dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .nox

$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -c constraints.txt --group test --group lint \
	  ".[cli,embedded,fast]"
	@touch $@

$(VENV)/.wheel: $(VENV)/.ready $(SOURCES)
	@rm -rf dist
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .
	$(BIN)/python -m pip install --quiet --no-deps --force-reinstall dist/*.whl
	@touch $@

$(VENV)/.bench: $(VENV)/.wheel
	$(BIN)/python -m pip install --quiet -c constraints.txt --group bench
	@touch $@
