# MarketFlow's targets. They need Python 3.11 to 3.13 and make; everything else comes from uv.lock.
#
#   PYTHON=/path/to/python3.12 make setup     another interpreter than the first one found
#   UV=uv make setup                          a uv of your own instead of the pinned one in .uv/

SHELL := /bin/sh
.DEFAULT_GOAL := help

UV_VERSION := 0.13.8
UV ?= .uv/bin/uv
PYTEST_WORKERS ?= 2

# An activated environment or a stray setting must not redirect the installation.
unexport VIRTUAL_ENV
unexport UV_PROJECT_ENVIRONMENT

# Prints the first usable interpreter's own path; a virtual environment answers with its base.
FIND_PYTHON = for candidate in "$(PYTHON)" python3 python3.13 python3.12 python3.11 python; do \
	"$$candidate" -c 'import sys; (3, 11) <= sys.version_info[:2] <= (3, 13) or sys.exit(1); print(sys._base_executable)' 2>/dev/null && break; \
	[ -z "$(PYTHON)" ] || [ "$$candidate" != "$(PYTHON)" ] || break; \
	done

NO_PYTHON = MarketFlow needs Python 3.11, 3.12 or 3.13, and none was found: install one, or name it: PYTHON=/path/to/python3.12 make
NO_PIP = python3 -m venv could not make .uv with pip in it: on Debian and Ubuntu install python3-venv, or install uv yourself and run make UV=uv

SYNC = python="$$($(FIND_PYTHON))"; \
	[ -n "$$python" ] || { echo "$(NO_PYTHON)" >&2; exit 1; }; \
	[ -t 2 ] && quiet= || quiet=--quiet; \
	echo "Bringing .venv in line with uv.lock"; \
	UV_PYTHON="$$python" "$(UV)" sync --locked --inexact $$quiet

# The offline profile: parsing needs one, a database it does not.
OFFLINE_PROFILE = profiles="$$(mktemp -d)" && trap 'rm -rf "$$profiles"' EXIT && \
	cp profiles.yml.example "$$profiles/profiles.yml" &&

EXPORT = "$(UV)" export --locked --quiet --no-dev --no-emit-project --no-hashes --no-annotate --no-header

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

# --- install -------------------------------------------------------------------------------------

.uv/bin/uv: Makefile
	@python="$$($(FIND_PYTHON))"; \
	[ -n "$$python" ] || { echo "$(NO_PYTHON)" >&2; exit 1; }; \
	if [ ! -x .uv/bin/python ] || ! .uv/bin/python -m pip --version >/dev/null 2>&1; then \
		rm -rf .uv; \
		"$$python" -m venv .uv >/dev/null 2>&1 || { rm -rf .uv; echo "$(NO_PIP)" >&2; exit 1; }; \
	fi; \
	echo "Installing uv $(UV_VERSION) into .uv"; \
	.uv/bin/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)" \
	|| { echo "uv could not be installed: is the package index within reach?" >&2; exit 1; }; \
	touch $@

UV_FILE = $(filter .uv/bin/uv,$(UV))

.PHONY: sync sync-run
sync: $(UV_FILE)
	@$(SYNC)

sync-run: $(UV_FILE)
	@$(SYNC) --no-dev

.venv/bin/marketflow: | $(UV_FILE)
	@$(SYNC) --no-dev

.PHONY: setup
setup: sync ## install everything into .venv, set the database up, write profiles.yml
	@.venv/bin/marketflow db setup

# --- run -----------------------------------------------------------------------------------------

.PHONY: demo
demo: sync-run ## from nothing to a filled warehouse: no keys, no Docker
	@.venv/bin/marketflow demo

.PHONY: up
up: | .venv/bin/marketflow ## Dagster, dashboard and docs site; Ctrl-C stops them
	@.venv/bin/marketflow up

.PHONY: down
down: | .venv/bin/marketflow ## stop them, and the embedded PostgreSQL too
	@.venv/bin/marketflow down

.PHONY: doctor
doctor: | .venv/bin/marketflow ## what is set up, what is missing, how to mend it
	@.venv/bin/marketflow doctor

.PHONY: docs
docs: | .venv/bin/marketflow ## dbt's documentation as one page: target/static_index.html
	@.venv/bin/marketflow db setup >/dev/null
	@.venv/bin/dbt docs generate --static
	@echo "Open target/static_index.html"

# --- check ---------------------------------------------------------------------------------------

.PHONY: lint lint-python lint-types lint-imports lint-yaml lint-sql lint-dbt lint-requirements
lint: lint-python lint-types lint-imports lint-yaml lint-sql lint-dbt lint-requirements ## formatting, types, imports, SQL, YAML, dbt parse, requirements.txt

lint-python: sync
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .

lint-types: sync
	.venv/bin/mypy

lint-imports: sync
	.venv/bin/lint-imports --no-logo

lint-yaml: sync
	.venv/bin/yamllint --strict .

lint-sql: sync
	.venv/bin/sqlfluff lint --processes 2 dbt_project

lint-dbt: sync
	$(OFFLINE_PROFILE) .venv/bin/dbt --quiet parse --profiles-dir "$$profiles" \
		--target-path target/lint --warn-error-options '{"error": ["Deprecations"]}'

lint-requirements: sync
	@$(EXPORT) | diff requirements.txt - \
	|| { echo "requirements.txt is not what uv.lock exports: run make requirements" >&2; exit 1; }

.PHONY: format
format: sync ## rewrite Python and SQL in the house style
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .
	.venv/bin/sqlfluff fix --processes 2 dbt_project

.PHONY: requirements
requirements: $(UV_FILE) ## export uv.lock to requirements.txt
	@$(EXPORT) > requirements.txt

.PHONY: test
test: sync browser redis ## the test suite: no network, no keys
	.venv/bin/python -m pytest -n $(PYTEST_WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: soak
soak: sync redis ## the long tests: hundreds of kills, of loads at once, of faults
	.venv/bin/python -m pytest -n $(PYTEST_WORKERS) --dist load -m soak -v

.PHONY: bench
bench: sync ## speed and memory beside the plain way: writes docs/benchmarks.md
	@.venv/bin/python -m bench

.PHONY: acceptance
acceptance: sync ## the five journeys, step by step: PASS, FAIL, skipped or not built
	@.venv/bin/python -m pytest tests/journeys -q -r fE -m 'soak or not soak'

.PHONY: browser
browser:
	@if command -v chromium >/dev/null 2>&1; then :; \
	elif [ -n "$$CI" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
		echo "Installing Chromium for the browser tests"; \
		apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium >/dev/null; \
	else echo "Chromium is not installed: the browser tests are skipped."; fi

.PHONY: redis
redis:
	@if command -v redis-server >/dev/null 2>&1; then :; \
	elif [ -n "$$CI" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
		echo "Installing Redis for the tests of the API"; \
		apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends redis-server >/dev/null; \
	else echo "redis-server is not installed: the tests that need it are skipped."; fi

# --- tidy ----------------------------------------------------------------------------------------

.PHONY: clean
clean: ## remove what can be made again; .marketflow (the data) and .env stay
	rm -rf .venv .uv target logs .pytest_cache .mypy_cache .ruff_cache .import_linter_cache dist
	find . -name __pycache__ -type d -not -path './.marketflow/*' -prune -exec rm -rf {} +
