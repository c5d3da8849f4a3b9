# Everything a newcomer, a developer or CI does has one name here. `make help` lists them.
SHELL := /bin/bash
PORT ?= 8000
BIN := .venv/bin
STAMP := .venv/.set-up
# Each file in one process; one more than there are cores, as many tests wait for servers that they start.
SIDE_BY_SIDE := --numprocesses $(shell cores=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1); echo $$((cores < 4 ? cores + 1 : 4))) --dist loadfile
# Those in a browser by themselves: its event loop stays, and others want their own.
IN_BROWSERS := --numprocesses auto --maxprocesses 4 --dist loadfile

# Each candidate is run, because a name on the PATH may be a shim that fails.
define FIND_PYTHON
for candidate in python3.14 python3.13 python3.12 python3 $$(ls -d "$$(pyenv root 2>/dev/null || echo "$$HOME/.pyenv")"/versions/3.1[2-9]*/bin/python 2>/dev/null | sort -rV); do \
  if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1; then echo "$$candidate"; exit 0; fi; \
done; \
echo "The finder needs Python 3.12 or newer with venv: install python3.12 and python3.12-venv, or pyenv install 3.12." >&2; exit 1
endef

.PHONY: help setup demo postgres test test-components lint format bench queries privacy-proof lock clean

help: ## list these targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

setup: $(STAMP) ## make .venv with everything pinned, and fetch the site's third-party files by npm

# Not made anew while its interpreter runs: something may be serving from it.
.venv/.installed: requirements.lock
	@.venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null || { python=$$($(FIND_PYTHON)) && "$$python" -m venv --clear .venv; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(STAMP): .venv/.installed pyproject.toml web-assets/package-lock.json web-assets/hatch_build.py web-assets/install.py
	@command -v npm >/dev/null || { echo "The finder's site needs Node.js with npm: install nodejs and npm." >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@echo "Compiling the search kernels once …"
	$(BIN)/python -c 'from finder.directory.warm import warm_up; warm_up()'
	@touch $@

demo: setup ## set up, build the demo region and serve it: make demo PORT=8000
	exec $(BIN)/finder demo --port $(PORT)

postgres: setup ## run a PostgreSQL with PostGIS for development, its data in .postgres/, until Ctrl-C
	exec $(BIN)/python scripts/postgres.py

test: setup test-components ## set up and run every test
	$(BIN)/python -m pytest -m "not browser" $(SIDE_BY_SIDE)
	$(BIN)/python -m pytest -m browser $(IN_BROWSERS)

test-components: # Chromium and PostGIS by apt, where they are missing and can be had; a test that lacks one is skipped by name
	@missing=; \
	command -v chromium >/dev/null || missing="$$missing chromium fonts-liberation fonts-noto-core"; \
	ls /usr/share/postgresql/*/extension/postgis.control >/dev/null 2>&1 || missing="$$missing postgresql postgresql-postgis"; \
	if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing for the tests:$$missing"; \
	  mkdir -p /etc/postgresql-common/createcluster.d && echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.d/finder.conf; \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; } >/tmp/finder-apt.log 2>&1 \
	    || { tail -5 /tmp/finder-apt.log >&2; echo "Not all could be installed; what needs them is skipped." >&2; }; \
	fi

lint: setup ## style, types and the arrows between rooms
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/basedpyright
	$(BIN)/lint-imports

format: setup ## put the code into its form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: setup ## time what people wait for; prints tables
	$(BIN)/python benchmarks/nearest.py
	$(BIN)/python benchmarks/search.py
	PYTHONPATH=. $(BIN)/python benchmarks/load.py
	PYTHONPATH=. $(BIN)/python benchmarks/fences.py

queries: setup ## how well labelled queries are answered: make queries ARGS="--misses --language es"
	PYTHONPATH=. $(BIN)/python benchmarks/queries.py $(ARGS)

privacy-proof: setup test-components ## a marked person's whole visit, and a search for the marks in all that is left of it
	$(BIN)/python -m tests.proof

lock: ## pin every dependency anew, Python's (needs uv) and npm's, with hashes and without addresses
	uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.12 --upgrade \
	  --generate-hashes --no-emit-index-url --no-annotate --quiet --output-file requirements.lock
	cd web-assets && npm update --package-lock-only --ignore-scripts
	python3 -c 'import json, pathlib; path = pathlib.Path("web-assets/package-lock.json"); lock = json.loads(path.read_text()); \
	  [package.pop("funding", None) for package in lock["packages"].values()]; path.write_text(json.dumps(lock, indent=2) + "\n")'

clean: ## remove what set-up made; data stay
	rm -rf .venv web-assets/node_modules finder/web/static/vendor
