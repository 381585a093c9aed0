# The habits of the house. `make run` and `make test` need python3 (>= 3.11, with venv) and a package index, nothing else.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.ready

.PHONY: run test check demo golden migration clean help

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort

.venv/bin/python:
	$(PYTHON) -m venv .venv

$(STAMP): .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

.venv/.ready-test: $(STAMP) pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@

run: $(STAMP)  ## a working instance at http://localhost:8000
	@FEDCOP_DEVELOPMENT=$${FEDCOP_DEVELOPMENT-1} exec $(BIN)/fedcop serve

test: .venv/.ready-test  ## the whole suite, on SQLite and on PostgreSQL where it is installed
	@$(BIN)/python -m tests.run

check: .venv/.ready-test  ## ruff, mypy, import contracts, house tests: under 30 s
	@$(BIN)/ruff check . && $(BIN)/ruff format --check --quiet . || { echo 'ruff: see above; `make format` mends most of it'; exit 1; }
	@$(BIN)/mypy --no-error-summary && $(BIN)/lint-imports --no-logo > .import-linter.log 2>&1 || { cat .import-linter.log; exit 1; }
	@rm -f .import-linter.log
	@$(BIN)/pytest tests/house

format: .venv/.ready-test  ## let ruff format the code
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

golden: .venv/.ready-test  ## write the golden files anew; read the diff
	@$(BIN)/pytest --golden=write tests

demo: $(STAMP)  ## three organisations as real processes on loopback, with living content
	@exec $(BIN)/python -m fedcop.cli.demo

migration: $(STAMP)  ## make migration NAME=add_something
	@$(BIN)/python -m migrations make $(NAME)

where: ## make where NAME=communities: all the places of a feature
	@ls -d fedcop/$(NAME) web/pages/$(NAME).py web/templates/$(NAME) tests/fedcop/$(NAME) 2>/dev/null || true

clean:  ## forget the environment and caches (never the data)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
