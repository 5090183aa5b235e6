# `make demo` and `make test` need python3 (3.11 or newer) and, for the tests, cargo and npm (of Node.js 20 or newer);
# they set up everything else themselves.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export JAX_PLATFORMS := cpu

.PHONY: demo test lint bench fuzz clean

$(VENV)/demo: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e ".[demo]"
	@touch $@

$(VENV)/test: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e ".[demo,test,lint]"
	@touch $@

$(VENV)/bench: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e ".[demo,bench]"
	@touch $@

demo: $(VENV)/demo
	$(BIN)/python examples/demo.py

# Tests go to the workers by file, in their order: what those of one file share is made once, and the longest come first.
test: $(VENV)/test lint
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder
	cd sdk/rust && cargo test --quiet
	@if command -v npm > /dev/null; then cd sdk/node && npm ci --ignore-scripts --silent && npm test --silent; \
	else echo "npm is not installed: what needs Node.js was not tested"; fi

lint: $(VENV)/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/bench
	$(BIN)/python benchmarks/run.py

fuzz: $(VENV)/test
	$(BIN)/python tests/fuzz_decoder.py --frames 10000000

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
