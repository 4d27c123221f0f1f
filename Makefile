# Two commands matter: `make run` and `make test`. Both start from a fresh clone.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help install run test lint check wheel browser clean

help:  ## Show what each target does
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)
	# torch first and by its exact version: a looser request brings gigabytes of CUDA packages.
	$(BIN)/python -m pip install --quiet "$$(grep '^torch==' constraints.txt)"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

install: $(STAMP)  ## Make the virtual environment and install everything into it

run: $(STAMP)  ## Install and run the whole benchmark; the last line names the report
	$(BIN)/python -m triage_bench run --suite all

lint: $(STAMP)  ## Lint, format and types only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check: lint  ## What is quick: lint, types and the laws of the house
	$(BIN)/python -m pytest tests/test_architecture.py

browser:  ## Install Debian's Chromium for the page's tests where it is missing; they are skipped without it
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || { \
	  [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq \
	  && apt-get install -y -qq --no-install-recommends chromium fonts-nanum >/dev/null; } \
	  || echo "no Chromium, and no right to install it here: the page's browser tests will be skipped"

test: lint browser  ## Install and run every test
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

wheel: $(STAMP)  ## Build the wheel into dist/
	$(BIN)/python -m build --wheel

clean:  ## Remove the virtual environment and caches
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
