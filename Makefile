PYTHON := .venv/bin/python

# A process that starts again should not compile what it was: half of its start-up is that.
unexport PYTHONDONTWRITEBYTECODE
WORKERS ?= 3
TESTS ?= tests

.DEFAULT_GOAL := help
.PHONY: help setup demo up down test check bench generate docs lint format types lock

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

setup: ## Make .venv from requirements.lock and fetch Kafka; does nothing when both are there
	@deploy/local/bootstrap.sh

demo: setup ## Start everything on this machine, run two synthetic years through it, show the figures
	$(PYTHON) -m deploy.demo

up: ## Start everything in containers
	docker compose up --build --detach --wait

down: ## Stop what `make demo` and `make up` started
	@if [ -x $(PYTHON) ]; then $(PYTHON) -m deploy.local down; fi
	@if command -v docker >/dev/null && docker compose version >/dev/null 2>&1; then docker compose down; fi

test: setup ## Run the whole suite against a real Kafka and a real Postgres (WORKERS=3, TESTS=tests)
	$(PYTHON) -m pytest $(TESTS) -n $(WORKERS) --dist worksteal

check: setup lint types ## Style, types, imports and the tests that need no server: seconds
	$(PYTHON) -m pytest -m "unit or contracts or architecture" -n 2 -q

bench: setup ## Measure speed beside the floor of the same run (JSON=1 for figures alone; GROWTH=1 what more concerns cost)
	@$(PYTHON) -m $(if $(GROWTH),tests.bench.growth,tests.bench $(if $(JSON),--json))

generate: setup ## Write what files say of the services and events: compose, Prometheus, README, schemas
	$(PYTHON) -m services.command.generate

docs: setup ## Write the AsyncAPI document and its page into build/docs
	$(PYTHON) -m services.command.app docs --out build/docs

lint: setup ## Style and import rules
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/lint-imports

format: setup ## Put the code into shape
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

types: setup ## mypy, strict
	.venv/bin/mypy

lock: setup ## Choose versions anew: requirements.in and requirements-dev.in to requirements.lock
	env -u PIP_FIND_LINKS -u UV_FIND_LINKS .venv/bin/uv pip compile requirements-dev.in --quiet --upgrade \
		--universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--no-emit-index-url --no-emit-find-links --output-file requirements.lock
