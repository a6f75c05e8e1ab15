# Both commands set up everything they need in .venv; only Python 3.11 or newer and make must be there.
PYTHON ?= python3
UV_VERSION = 0.13.9
VENV = .venv
export UV_PROJECT_ENVIRONMENT = $(VENV)

STATIC = src/citiesforall/web/static

.PHONY: demo test lint bench fuzz docs page clean

demo: $(VENV)/ready page ## the demo krong, from its sources to observations and findings
	$(VENV)/bin/cities demo

test: $(VENV)/ready lint page ## the whole suite
	if test -d ui/node_modules/vitest; then npm --prefix ui --silent test; fi
	$(VENV)/bin/python -m pytest -q -n 2 --dist loadfile

lint: $(VENV)/ready
	$(VENV)/bin/ruff check src tests benchmarks fuzz
	$(VENV)/bin/ruff format --check src tests benchmarks fuzz
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-cache
	$(VENV)/bin/codespell src docs README.md

bench: $(VENV)/ready ## our figures beside the peers', in one run
	$(VENV)/bin/uv sync --locked --quiet --group bench
	$(VENV)/bin/python -m benchmarks

fuzz: $(VENV)/ready ## spoilt files for every reader, for ten minutes
	$(VENV)/bin/python -m fuzz --minutes 10

page: $(STATIC)/index.html ## the map, voices, workshops in a browser

# Where npm is not there, or cannot fetch its packages, everything but these pages works.
$(STATIC)/index.html: ui/package-lock.json $(wildcard ui/*.html ui/*.ts ui/public/* ui/src/*.* ui/src/*/*)
	@if ! command -v npm >/dev/null; then echo "page: not built, npm is not there (Node.js 20 or newer)"; \
	elif ! (cd ui && npm ci --silent --no-audit --no-fund); then echo "page: not built, npm could not fetch its packages"; \
	else cd ui && npm run --silent build; fi

$(VENV)/ready: pyproject.toml uv.lock
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(VENV)/bin/uv sync --locked --quiet --inexact --compile-bytecode  # imports take seconds without
	$(VENV)/bin/python -m compileall -q src
	touch $@

clean:
	rm -rf $(VENV) $(STATIC) ui/node_modules out .mypy_cache .ruff_cache .pytest_cache .hypothesis
