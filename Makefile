# Works from any folder: make -C <path> <target>.
ROOT := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# A dozen processes start from the same sources: each would compile all of them for itself.
unexport PYTHONDONTWRITEBYTECODE
PY := .venv/bin/python
BASE_PYTHON = $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
SERVICES = $(PY) -m devnet.run services --
PYTEST = $(PY) -m pytest
TEST_PROCESSES ?= 1
SIDE_BY_SIDE = $(if $(filter-out 0 1,$(TEST_PROCESSES)),-n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder)
ARGS ?=
BENCHMARKS = ledger ledger_group flows events live solvency history scanner

SEED ?= 1
SEEDS ?= 3000
SCHEDULES ?= 10000
FROM ?= 1
PROCESSES ?= 2
SIMULATE = $(PY) -m devnet.run services --no-fsync --seconds 86400 -- $(PY) -m tests.simulation

.PHONY: help setup run test check unit simulate soak demo bench reset snapshot lock

help: ## Say what there is to do
	@echo "Holdfast: a self-hosted custodial wallet platform"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(ROOT)Makefile

setup: ## Install everything needed (again, only what changed)
	@cd $(ROOT); \
	[ -n "$(BASE_PYTHON)" ] || { echo "Python 3.11 or newer is needed; this is $$(python3 --version 2>&1)." >&2; exit 1; }; \
	$(BASE_PYTHON) scripts/setup.py

run: setup ## Start it all: databases, networks, workers, site (PORT=8000)
	@cd $(ROOT) && exec $(PY) -m devnet.run

test: setup ## Run every test against real databases and networks (ARGS="-k name" TEST_PROCESSES=2)
	@cd $(ROOT) && PYTEST_PLUGINS=tests.lent $(SERVICES) $(PYTEST) --create-db $(SIDE_BY_SIDE) $(ARGS)

unit: setup ## Run the tests that need no database: seconds
	@cd $(ROOT) && $(PYTEST) tests/unit $(ARGS)

check: setup ## Check style, types, layers, migrations, settings and templates; all of them, even if one fails
	@cd $(ROOT); code=0; run() { echo "== $$*"; "$$@" || code=1; }; \
	run $(PY) -m ruff check .; \
	run $(PY) -m ruff format --check .; \
	run $(PY) -m mypy .; \
	run .venv/bin/lint-imports; \
	run $(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run; \
	run $(PY) manage.py check; \
	run $(PY) -m djlint templates --lint --quiet; \
	exit $$code

simulate: setup ## Replay one simulated seed and print its whole log (SEED=1)
	@cd $(ROOT) && $(SIMULATE) --seed $(SEED)

soak: setup ## Simulate many seeds, and many schedules of what is signed (SEEDS=3000 SCHEDULES=10000 FROM=1)
	@cd $(ROOT) && $(SIMULATE) --seeds $(SEEDS) --from $(FROM) --processes $(PROCESSES)
	@cd $(ROOT) && for network in bitcoin ethereum; do \
	$(SIMULATE) --schedules $$network --seeds $(SCHEDULES) --from $(FROM) --processes $(PROCESSES); done

demo: setup ## Deposit, send and transfer on a fresh instance through the public API
	@cd $(ROOT) && $(PY) -m devnet.demo $(ARGS)

bench: setup ## Measure the published figures on this machine
	@cd $(ROOT); for name in $(BENCHMARKS); do echo "== $$name"; $(PY) -m benchmarks.$$name $(ARGS); done

reset: setup ## Delete all data of the devnet
	@cd $(ROOT) && $(PY) -m devnet.run reset

UV = $(shell command -v uv || echo .venv/uv/bin/uv)
COMPILE = $(UV) pip compile --quiet --generate-hashes --universal --python-version 3.11
snapshot: setup ## Write what all migrations make of an empty database, for those to come
	@cd $(ROOT) && $(SERVICES) $(PY) manage.py dump_snapshot

lock: setup ## Resolve the dependencies in pyproject.toml anew, with hashes
	@cd $(ROOT) && $(COMPILE) pyproject.toml -o requirements.txt \
	&& $(COMPILE) --extra dev pyproject.toml -c requirements.txt -o requirements-dev.txt \
	&& $(PY) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["postgres"], sep="\n")' \
	| $(COMPILE) - -c requirements-dev.txt -o requirements-postgres.txt
