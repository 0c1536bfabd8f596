# make run    set up, start, generate a handler flow, send it signed events, leave the server up
# make test   set up and run everything CI runs
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin

# The tests start hundreds of processes. Where bytecode is not kept, each compiles all that it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test setup check format bench pins clean

run: setup
	@$(BIN)/switchyard demo

test: setup check
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

check:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --num-workers 2
	@$(BIN)/lint-imports --no-logo

format:
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: setup
	@$(BIN)/switchyard bench --case A
	@$(BIN)/switchyard bench --case B
	@$(BIN)/switchyard bench --case C

# The stamp is newer than every pin, so an up-to-date checkout costs nothing.
setup: .venv/.ready

.venv/.ready: requirements/dev.txt requirements/uv.txt pyproject.toml requirements/setup.sh
	@PYTHON=$(PYTHON) bash requirements/setup.sh

# Pins again what pyproject.toml asks for; `make pins UPGRADE=--upgrade` takes the newest releases.
PIN := $(BIN)/uv pip compile -q pyproject.toml --python-version 3.11 --universal --no-header \
	--generate-hashes --no-emit-index-url $(UPGRADE)
pins:
	$(PIN) -o requirements/base.txt
	$(PIN) --group dev -o requirements/dev.txt

clean:
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .import_linter_cache .pytest_cache .hypothesis
