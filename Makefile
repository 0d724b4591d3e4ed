# `make scan` looks at this machine; `make test` runs everything. Both make their own virtual environment.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# One process a core; the labs of each use ports and folders of their own.
WORKERS ?= 2

.PHONY: scan test test-vm lint docs package bench lab clean

scan: $(VENV)/.for-scan
	@# Exit code 1 says that something needs work: the scan itself went well.
	$(BIN)/itaudit scan --html report.html --pdf report.pdf || [ $$? -eq 1 ]

test: $(VENV)/.for-test lab
	$(BIN)/python -m pytest -n $(WORKERS)

# The slow lane: boots a machine with real drives and real trouble, and judges what itaudit records of it. Needs root and QEMU.
test-vm: $(VENV)/.for-test
	$(BIN)/python tests/vm/record.py

lint: $(VENV)/.for-test
	$(BIN)/ruff check src tests bench examples tools
	$(BIN)/ruff format --check src tests bench examples tools
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/.for-test
	$(BIN)/python -m itaudit.docs docs

package: $(VENV)/.for-test
	$(BIN)/python -m build

bench: $(VENV)/.for-test
	$(BIN)/python bench/startup.py
	$(BIN)/python bench/scan.py
	$(BIN)/python bench/dns.py
	$(BIN)/python bench/forecast.py

# The real servers and tools of the tests. As root they are installed; otherwise what is missing is named, and its tests skip.
lab:
	@sh tests/lab/install.sh

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "itaudit needs Python 3.11 or newer; name one with: make PYTHON=python3.12 scan"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq python3-venv; } \
		|| { echo "Python cannot make virtual environments here: apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.for-scan: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) install -c constraints.txt -e .
	@touch $@

$(VENV)/.for-test: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) install -c constraints.txt -e '.[test,lint]'
	@touch $@ $(VENV)/.for-scan

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
