# All that a developer or CI does. Needs Python 3.11 or newer and make; `make install` fetches the rest into .venv.
BIN := .venv/bin
PY := $(BIN)/python
# An environment is bound to its place: a checkout that was copied or moved with its .venv gets a new one.
STAMP := .venv/installed-$(shell printf '%s' "$(CURDIR)" | cksum | cut -d' ' -f1)
INPUTS := pyproject.toml requirements/dev.lock requirements/protoc.lock tools/install.sh
POSTGRESQL := $(PY) -m tests.support.postgres run --
PYTEST := $(PY) -m pytest
# Arguments for pytest, for one test or one word: make test-unit ARGS="-k gateway"
ARGS ?=
# Random models for make property, and the seed of the first; a failure names its seed.
MODELS ?= 20000
SEED ?= 1

.DEFAULT_GOAL := help
.PHONY: help install run test test-unit test-integration check lint types docs protos protos-check format bench \
	bench-inbox conformance coverage faults growth job-queue large latency property soak build lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-18s %s\n", $$1, $$2}' Makefile

install: $(STAMP) ## Build .venv with all that the project and its tools need

$(STAMP): $(INPUTS)
	@sh tools/install.sh $@ $(PYTHON)

run: install ## Serve on 127.0.0.1 (gRPC 50051, REST 8080) with the sample process deployed
	$(BIN)/bpmgrpc serve --deploy examples/booking-room/booking-room.bpmn --app booking

test: install ## Run every test, on SQLite and on a real PostgreSQL that the tests start themselves
	$(PYTEST) -n 2 $(ARGS)

test-unit: install ## Run the tests that need no database and no network
	$(PYTEST) tests/unit $(ARGS)

test-integration: install ## Run the tests of store, runtime, services and REST on both databases
	$(PYTEST) -n 2 tests/integration tests/rest $(ARGS)

conformance: install ## Run the BPMN conformance cases
	$(PYTEST) -n 2 tests/conformance $(ARGS)
	$(PY) -m tests.conformance

check: protos-check lint types coverage docs ## Run all that CI runs, every test included

coverage: install ## Run every test and demand full branch coverage of the engine
	$(PYTEST) -n 2 --cov --cov-report= $(ARGS)
	$(PY) -m coverage report --include='src/bpmgrpc/engine/*' --fail-under=100

lint: install ## Check style, formatting and import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-cache

types: install ## Check types strictly
	$(BIN)/mypy

docs: install ## Check that links and make targets named in the documents exist
	$(PYTEST) tests/unit/test_repository.py -k documents $(ARGS)

protos: install ## Generate src/bpmgrpc/v1 from protos/
	$(BIN)/buf format --write protos
	$(PY) tools/gen_protos.py generate

protos-check: install ## Check the contract: style, format, generated code up to date, nothing broken
	$(BIN)/buf lint protos
	$(BIN)/buf format --diff --exit-code protos
	$(PY) tools/gen_protos.py check
	$(PY) tools/gen_protos.py breaking

format: install ## Format Python and protos
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format
	$(BIN)/buf format --write protos

bench: install ## Measure throughput, latency, memory and start-up on both databases
	$(PY) -m tests.support.postgres run --durable -- $(PY) -m tests.benchmarks $(ARGS)

bench-inbox: install ## Measure the inbox with a million tasks on both databases; writes docs/inbox.md
	$(PY) -m tests.support.postgres run -- $(PY) -m tests.benchmarks.inbox --write $(ARGS)

latency: install ## Measure latency while calls come by themselves; ARGS=--write writes docs/latency.md
	$(PY) -m tests.support.postgres run --durable -- $(PY) -m tests.benchmarks.latency $(ARGS)
job-queue: install ## Kill workers at random over 10,000 jobs, and let a backlog drain, on both databases (some minutes)
	$(PY) -m tests.support.postgres run --durable -- $(PY) -m tests.job_queue $(ARGS)

large: install ## Measure calls with a million instances, 10,000 elements, 2,000 nodes, 1 MiB; writes docs/large-data.md
	$(PY) -m tests.support.postgres run -- $(PY) -m tests.benchmarks.large --write $(ARGS)

soak: install ## Let servers work for twenty minutes and look at their memory; ARGS="--minutes 480": a night
	$(PY) -m tests.support.postgres run -- $(PY) -m tests.benchmarks.soak --write $(ARGS)

growth: install ## Measure whether a step costs the same however much there is; draws docs/growth.svg
	$(PY) -m tests.benchmarks.growth

property: install ## Walk through many random models and operate on them; MODELS=50000 SEED=1: how many, and which
	BPMGRPC_RANDOM_MODELS=$(MODELS) BPMGRPC_RANDOM_SEED=$(SEED) $(PYTEST) tests/unit/engine -k random $(ARGS)

faults: install ## Kill servers and databases under load and check every answer (about 20 minutes)
	$(PY) -m tests.faults $(ARGS)

build: install ## Build the wheel and the source archive into dist/
	$(PY) -m build --no-isolation

lock: ## Lock the newest allowed versions again (needs uv; UPGRADE=1 raises all)
	sh tools/lock.sh

clean: ## Remove what builds and tests left, but not .venv
	rm -rf dist build .coverage .coverage.* htmlcov .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src adapters tests tools -name __pycache__ -type d -prune -exec rm -rf {} +
