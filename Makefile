# `make demo` and `make test` do all their own set-up. PHOTOS=DIR runs the demo on your own photographs.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready
PHOTOS ?=

.PHONY: setup demo stories test lint bench differential mutation attacks soak lock clean

setup: $(STAMP)

$(STAMP): requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup
	$(BIN)/recognizance demo $(if $(PHOTOS),--photos "$(PHOTOS)")

# Every setting of the story as a submission and, where it is permitted, to its end.
stories: setup
	$(BIN)/recognizance stories

test: setup lint
	$(BIN)/python -m pytest

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	$(BIN)/python benchmarks/run.py

# The slow runs, of which `make test` holds a short form: two evaluators on 100,000 submissions, every
# mutant of the rule cards, every defence taken away; and one camera-hour through a watch.
differential: setup
	$(BIN)/python tools/differential.py

mutation: setup
	$(BIN)/python tools/mutation.py

attacks: setup
	$(BIN)/python tools/attack_mutation.py

soak: setup
	$(BIN)/python tools/soak.py

# Rewrites requirements/*.txt: hashes, and no address of any index.
lock: setup
	$(BIN)/python tools/lock.py

clean:
	rm -rf $(VENV) .cache demo-out stories-out bench-out
