# make demo, make test: from a clean clone with Python 3.11 or newer and a package index.

PYTHON ?= python3
WORKERS ?= 2

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
COMPILE := $(BIN)/uv pip compile --quiet --python-version 3.11 $(UPGRADE)

export UV_NO_PROGRESS := 1

.PHONY: help environment demo test lint docs pictures bench validation lock clean

help:
	@sed -n 's/^#: \([a-z]*\) */\1\t/p' $(MAKEFILE_LIST)

#: environment  create .venv from the lock file
environment: $(READY)

# pip installs uv, uv the rest: several times faster. Where only pip knows the package index, pip does it all.
$(READY): requirements.lock requirements-bootstrap.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "sordino needs Python 3.11 or newer; say which with: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bootstrap.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock \
		|| $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

#: demo  simulate the bundled course, with the report in demo/
demo: $(READY)
	$(BIN)/sordino simulate --output demo

#: test  lint, types and all tests
test: lint
	$(BIN)/python -m pytest -n $(WORKERS)

#: lint  lint and types
lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright

#: docs  write the generated pages again
docs: $(READY)
	$(BIN)/python tools/docs.py
	$(BIN)/python tools/library_pages.py

#: bench  measure speed; BENCH=--linearity: how cost grows; BENCH=--million: a million patients
bench: $(READY)
	$(BIN)/python benchmarks/run.py $(BENCH)

#: pictures  take the pictures of the page again, docs/img/app-*.png; needs a Chromium
pictures: $(READY)
	$(BIN)/python tools/pictures.py

#: validation  compare predictions with closed forms and other programs; writes docs/validation.md
validation: $(READY)
	$(BIN)/python tools/validation.py

#: lock  resolve the dependencies again; UPGRADE=--upgrade takes newer versions
lock: $(READY)
	$(COMPILE) --extra dev pyproject.toml --output-file requirements.lock
	echo uv | $(COMPILE) - --output-file requirements-bootstrap.lock

#: clean  remove the environment, caches and the demo
clean:
	rm -rf $(VENV) .cache .hypothesis .pytest_cache .ruff_cache build demo dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
