# `make demo` and `make test` do all their own set-up. PHOTOS=DIR runs the demo on your own photographs.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready
ORACLES := .venv-oracles
PHOTOS ?=
# How many tests run at once: one for each core. `make test WORKERS=0` runs them one by one.
WORKERS ?= logical

# Hundreds of tests start Python: what it has compiled is kept, wherever the shell says otherwise.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo stories test lint docs messages wheel bench fuzz oracles differential mutation attacks soak lock clean

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
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The documentation as pages, in site/; they load nothing from elsewhere.
docs: setup
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

# What the console says, as a template for translators; LANGUAGE=de begins or updates a catalogue.
messages: setup
	$(BIN)/python tools/messages.py $(LANGUAGE)

# What packaging/ installs.
wheel: setup
	$(BIN)/python -m hatchling build -t wheel

bench: setup
	$(BIN)/python benchmarks/run.py

# What `make test` holds in short: requests made up from the OpenAPI document, and a long burst.
fuzz: setup
	RECOGNIZANCE_FUZZ=100 RECOGNIZANCE_BURST=10000 $(BIN)/python -m pytest \
		tests/service/test_service_openapi.py tests/service/test_service_attacks.py

# The audit beside bob.measure, pyeer and compreface-sdk, and the service asked by the latter: they want
# older libraries than this project, so an environment of their own. Without it `make test` leaves these
# tests out and says so.
oracles: setup $(ORACLES)/.ready
	RECOGNIZANCE_ORACLES=$(CURDIR)/$(ORACLES)/bin/python $(BIN)/python -m pytest \
		tests/audit/test_oracles.py tests/audit/test_endpoint_clients.py \
		tests/service/test_compreface_clients.py

$(ORACLES)/.ready: requirements/oracles.txt
	$(PYTHON) -m venv --clear $(ORACLES)
	$(ORACLES)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/oracles.txt
	@touch $@

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
	rm -rf $(VENV) $(ORACLES) .cache demo-out stories-out bench-out site dist
