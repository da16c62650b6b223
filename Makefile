# Each target does its own set-up: it needs python3 (3.11 or newer), git and make, and nothing installed before.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: coord-snapshot preaudit landing test check docs bench github-api clean

preaudit: $(READY) ## judge this repository by its own plan, and the example by its own
	$(BIN)/pytest -m preaudit
	cd examples/facade && $(CURDIR)/$(BIN)/pytest -m preaudit

landing: $(READY) ## judge what the tests covered, after a run of them with --cov --cov-report=json
	$(BIN)/coordguard run landing -qq

coord-snapshot: $(READY) ## keep all that is known of the tasks now, and say what changed since the last time
	$(BIN)/coordguard snapshot

test: $(READY) ## run the tests
	$(BIN)/pytest -n auto

check: $(READY) ## types and style
	$(BIN)/mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

docs: $(READY) ## the plan's schema and the generated tables of the pages
	$(BIN)/python tests/regenerate_schema.py
	$(BIN)/python docs/generate.py

github-api: ## what GitHub publishes of its API, for the tests that hold the stand-in to it; needs npm
	$(PYTHON) tests/github/fetch.py

bench: $(READY) ## cost, as ratios in one run
	$(BIN)/python benchmarks/run.py

$(READY): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	$(PYTHON) -m venv .tools/schemathesis && .tools/schemathesis/bin/python -m pip install --quiet 'schemathesis>=4.32,<5' && ln -sf ../../.tools/schemathesis/bin/schemathesis $(BIN)/
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info
