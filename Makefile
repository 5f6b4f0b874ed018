# Every target sets up what it needs, in .venv, from a fresh clone with Python 3.11 or newer, pip and
# make. `make test` also needs npm: it installs the real coding-agent clients that the tests drive.

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-long check fix golden bench clean

PY := .venv/bin/python
RUNTIME := .venv/.runtime
DEV := .venv/.dev

help:  ## show these targets
	@sed -n 's/^\([a-z-]*\): .*## /\1\t/p' Makefile | expand -t 12

$(RUNTIME): pyproject.toml scripts/setup.sh
	@sh scripts/setup.sh runtime

$(DEV): pyproject.toml scripts/setup.sh
	@sh scripts/setup.sh dev

setup: $(DEV)  ## make .venv with everything that development needs

demo: $(RUNTIME)  ## a guarded session on a sample repository, from init to a tampered journal
	@$(PY) -m demo.run

test: $(DEV)  ## every test, with a tenth of each long campaign
	@sh scripts/test.sh

test-long: $(DEV)  ## every test with the whole campaigns (fuzz, kills, combinations)
	@AGENTIC_CAMPAIGN=whole sh scripts/test.sh

check: $(DEV)  ## lint, format, types, layers, generated files current
	@$(PY) -m scripts.check

fix: $(DEV)  ## let ruff mend what it can
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

golden: $(DEV)  ## write generated and golden files anew; read the diff before committing it
	@$(PY) -m scripts.generate
	@AGENTIC_GOLDEN=write $(PY) -m pytest -q -k golden || [ $$? -eq 5 ]

bench: $(DEV)  ## ratios measured in one run, each beside its bar
	@$(PY) -m bench.run

clean:  ## remove .venv and everything that tools left behind
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache dist .test-report.json
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
