# make run        set up what running needs, start, generate a handler flow, send it signed events; the server stays up
# make test       set up the rest and run everything that CI runs
# make test-fast  only the tests that need no browser, no broker and no other process, and are quick
# make test-postgres  those of the engine that test-fast has, with each store in a PostgreSQL server
# make dist       build a wheel and a source distribution in dist/
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin

# The tests start hundreds of processes. Where bytecode is not kept, each compiles all that it imports.
unexport PYTHONDONTWRITEBYTECODE

# The other pre-commit hooks over all files, in a git checkout; they are silent unless one fails.
HOOKS = git rev-parse --is-inside-work-tree >/dev/null 2>&1 || exit 0; \
	report=$$(SKIP=ruff-check,ruff-format PRE_COMMIT_HOME=.venv/pre-commit $(BIN)/pre-commit run --all-files) || \
	{ echo "$$report" >&2; exit 1; }

PYTEST := $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

.PHONY: run test test-fast test-postgres setup system check format bench dist pins clean

run: .venv/.run
	@$(BIN)/switchyard demo

test: setup system check
	@$(PYTEST)

test-fast: setup
	@$(PYTEST) -m "not slow"

# Servers and commands that tests start would have files, so those tests are left out.
test-postgres: setup
	@SWITCHYARD_TEST_STORE=postgresql $(PYTEST) tests/engine \
		-m "not (sqlite or acceptance or bench or broker or browser or crash or process or property)"

check: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --num-workers 2
	@$(BIN)/lint-imports --no-logo
	@bash tests/scripts/check_js.sh
	@$(HOOKS)

format:
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@bash tests/scripts/check_js.sh --write

bench: setup
	@$(BIN)/switchyard bench --case A
	@$(BIN)/switchyard bench --case B
	@$(BIN)/switchyard bench --case C

# Built from the source distribution, in an environment that has the pinned setuptools: no download.
dist: setup
	@rm -rf dist
	@$(BIN)/python -m build --quiet --no-isolation --outdir dist .
	@echo "Install it: pipx install $$(echo dist/*.whl)"

# The environment for development; `make run` needs less. The stamps are newer than every pin, so an up-to-date
# checkout costs nothing.
setup: .venv/.dev

.venv/.run: requirements/base.txt requirements/build.txt
.venv/.dev: requirements/dev.txt
.venv/.run .venv/.dev: requirements/uv.txt requirements/setup.sh pyproject.toml
	@PYTHON=$(PYTHON) bash requirements/setup.sh $(subst .,,$(@F))

# Says what it installs, and does so only as root on Debian.
system:
	@bash requirements/system.sh

# Pins again what pyproject.toml asks for; `make pins UPGRADE=--upgrade` takes the newest releases.
UV = $(or $(wildcard $(BIN)/uv),uv)
PIN = $(UV) pip compile -q --python-version 3.11 --universal --no-header --generate-hashes --no-emit-index-url $(UPGRADE)
pins:
	$(PIN) pyproject.toml -o requirements/base.txt
	$(PIN) pyproject.toml --group dev -o requirements/dev.txt
	$(PIN) --group build -c requirements/dev.txt -o requirements/build.txt

clean:
	rm -rf .venv .node build dist *.egg-info .mypy_cache .ruff_cache .import_linter_cache .pytest_cache .hypothesis
