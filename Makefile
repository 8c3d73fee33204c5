# Everything sets itself up in .venv: Python 3.11 or newer, make and git are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test lint docs wheel-test clean

demo: $(READY)
	$(BIN)/python -m demo.run

test: $(READY)
	$(BIN)/python -m pytest -n auto --cov=agentguard --cov-branch --cov-report=term

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Rewrites the generated pages; the tests fail when they are out of date.
docs: $(READY)
	$(BIN)/python docs/generate.py

# The real-push tests against the wheel, with src/, rules/ and hooks/ out of reach.
wheel-test: $(READY)
	$(BIN)/python tests/wheel.py

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) build dist .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis
