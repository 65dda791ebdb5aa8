# The lanes of the project. Python 3.11 or newer, make and git are enough for all of them;
# tests that need more than that skip and say so (CONTRIBUTING.md).

PYTHON ?= python3
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

# What `make demo` looks at, and what `make bench` is told (--help says what it can be told).
DEMO_SCOPE ?= kernels=2,tasks=2,pages=1
BENCH ?=
SUMS := reference/popcorn_reference/programs/sums.elf

.DEFAULT_GOAL := help
.PHONY: help venv demo test rest fast check prove bench adapters crosscheck mutants long clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

venv: $(STAMP)  ## .venv with everything pinned in constraints.txt (time: about 30 s)

# The build backend comes first and pinned, because an isolated build would fetch the newest one.
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$(PYTHON) is missing or older than 3.11; name another: make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) hatchling editables
	$(PIP) --no-build-isolation --editable '.[dev,elf]'
	@touch $@

REPAIRED = $(BIN)/popcorn-spec check popcorn-2014 --variant repaired --scope $(DEMO_SCOPE)

demo: $(STAMP)  ## the repaired protocol, every finding derived again, a program on three kernels (time: about 4 min)
	$(BIN)/popcorn-spec doctor
	$(REPAIRED) --parts threads,lifetime
	$(REPAIRED),reads=1 --parts memory --set placed=during_work
	$(REPAIRED) --parts locks
	$(BIN)/popcorn-spec findings --workers $(WORKERS)
	$(BIN)/python -m popcorn_reference.programs

test: check  ## check, then the test suite but for the rest (time: about 13 min)
	$(BIN)/pytest -n $(WORKERS) -m "not rest"

rest: $(STAMP)  ## the tests that `make test` leaves out, each of tens of seconds (time: about 22 min)
	$(BIN)/pytest -n $(WORKERS) -m rest

fast: $(STAMP)  ## ruff, then the tests that are quick and need no other tool (time: meant to stay under 60 s)
	$(BIN)/ruff check
	$(BIN)/pytest -n $(WORKERS) -m "not (slow or tool or rest)"

check: $(STAMP)  ## ruff, mypy and the import rules (time: about 10 s without caches)
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

# The second line asks the other solver and the checker that shares no code with the prover.
prove: $(STAMP)  ## every claim for any number of kernels, by Z3 and again by cvc5 (time: 2 to 6 min)
	$(BIN)/popcorn-spec prove --workers $(WORKERS) --files build/proofs
	$(BIN)/popcorn-spec prove --controls --workers $(WORKERS)
	$(BIN)/popcorn-spec prove --recheck --budget 2m --workers $(WORKERS) --files build/proofs
	$(BIN)/python -I proofs/popcorn_proofs/independent.py build/proofs proofs/ledger/*.json

# The first line compiles the engine where nobody has used it yet: once per installation. The last
# ones measure the reference, in about a minute, and the tools for implementations.
bench: $(STAMP)  ## engine against Rumur and TLC, proofs against Spacer, reference, conform, validate (time: about an hour)
	$(BIN)/popcorn-spec doctor
	$(BIN)/python -m popcorn_checker.bench $(BENCH)
	$(BIN)/python -m popcorn_proofs.bench
	$(BIN)/python -m popcorn_reference.bench
	$(BIN)/python -m popcorn_checker.conform.bench -- $(BIN)/python -m popcorn_reference.adapter
	mkdir -p build
	$(BIN)/popcorn-spec run $(SUMS) --migrate always --seed 2 --journal build/sums.ndjson
	$(BIN)/python -m popcorn_checker.validating.bench --journal build/sums.ndjson

adapters:  ## the adapter in C for popcorn-spec conform, reference/adapters/c/build/adapter (time: about 5 s)
	$(MAKE) -C reference/adapters/c

crosscheck: $(STAMP)  ## explicit engine and Z3 about every finding and listed mutation (time: about 20 min)
	$(BIN)/python -m popcorn_checker.symbolic --workers $(WORKERS)

mutants: $(STAMP)  ## every wrong protocol must be refuted or explained (time: about 15 min)
	$(BIN)/popcorn-spec mutants --workers $(WORKERS)

long: check  ## all claims at their scopes, then the suite with many fresh random examples (time: about an hour)
	$(BIN)/python -m popcorn_checker.claims
	$(BIN)/pytest -n $(WORKERS) --hypothesis-profile=long
	PYTHONPATH=tests $(BIN)/python -m support.matrix

clean:  ## removes .venv and all that tools left behind
	rm -rf $(VENV) build dist htmlcov .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .coverage*
	find model reference checker proofs tests -name __pycache__ -type d -prune -exec rm -rf {} +
