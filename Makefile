# Every target makes the environment that it needs: Python 3.10 or newer with pip is all it takes.
#
#   PYTHON=python3.12   the Python that the environment is made with
#   TORCH_INDEX=URL     one more package index to look for PyTorch in, as for its CPU-only build
#   WORKERS=8           the processes that share the tests, of one core each
#   CASES=20000 SEED=1  how many files `make fuzz` damages, and how

PYTHON ?= python3
TORCH_INDEX ?=
WORKERS ?= 2
CASES ?= 2000
SEED ?= 0

VENV := .venv
CONSTRAINTS := constraints.txt
DEV := dev
RUN := $(VENV)/bin/python -m
INSTALL := $(RUN) pip --disable-pip-version-check install -qq --constraint $(CONSTRAINTS)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test test-only test-oldest fuzz lint bench clean

help:
	@echo 'make demo    fit a CAD part and learn a class of chairs, all made by the package itself, in'
	@echo '             some five minutes, and say which files to open'
	@echo 'make test    lint, then run all tests'
	@echo 'make test-oldest   run all tests with the oldest versions of the libraries that are allowed'
	@echo 'make fuzz    damage CASES=2000 files of all kinds at random, and read each: what fails is kept'
	@echo '             in runs/fuzz; SEED=0 draws the damage'
	@echo 'make lint    ruff (check and format) and mypy (strict)'
	@echo 'make bench   compare the presets with their peers: tables and plots in runs/bench'
	@echo 'make clean   remove the environment, caches and everything that these targets wrote'

# Some five minutes on two cores.
demo: $(VENV)/.demo
	@$(RUN) acutance shapes part -o demo/part.obj
	@$(RUN) acutance fit demo/part.obj -o demo/fit
	@rm -rf demo/chairs demo/run demo/new demo/between
	@$(RUN) acutance shapes chair --count 100 -o demo/chairs/meshes
	@$(RUN) acutance prepare demo/chairs/meshes demo/chairs/store --samples 60000 --test-share 0.08
	@$(RUN) acutance train demo/chairs/store demo/run --preset deformed --seconds 75
	@$(RUN) acutance evaluate demo/run --split both --limit 5 --resolution 128
	@$(RUN) acutance sample demo/run --count 8 -o demo/new
	@$(RUN) acutance interpolate demo/run chair/000004 chair/000013 -o demo/between
	@printf '\nOpen these files:\n'
	@printf '  %s\n' "$$PWD/demo/fit/report.html" "$$PWD/demo/fit/mesh.glb" "$$PWD/demo/part.obj" \
	  "$$PWD/demo/run/evaluation.html" "$$PWD/demo/new/shapes.png" "$$PWD/demo/between/strip.png"

test: lint test-only

# Each process takes tests from the other's when it has none left.
test-only: $(VENV)/.dev
	@$(RUN) pytest -n $(WORKERS) --dist worksteal

# These versions are for Python 3.10 and 3.11.
test-oldest:
	@$(MAKE) --no-print-directory VENV=.venv-oldest CONSTRAINTS=constraints-oldest.txt DEV=test \
	  test-only

# Damage of another seed is other damage; with the same one it is the same.
fuzz: $(VENV)/.dev
	@PYTHONPATH=tests $(VENV)/bin/python tests/fuzz/hunt.py --cases $(CASES) --seed $(SEED) \
	  --workers $(WORKERS) --kept runs/fuzz

lint: $(VENV)/.dev
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) mypy

bench: $(VENV)/.bench
	@$(RUN) benchmarks.compare --output runs/bench

clean:
	rm -rf $(VENV) .venv-oldest build demo runs/bench .mypy_cache .pytest_cache .ruff_cache src/*.egg-info
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is touched last: an interrupted installation is taken up again.
$(VENV)/.demo: EXTRAS := report
$(VENV)/.dev: EXTRAS := $(DEV)
$(VENV)/.bench: EXTRAS := report,bench
$(VENV)/.demo $(VENV)/.dev $(VENV)/.bench: $(VENV)/.torch pyproject.toml $(CONSTRAINTS)
	@echo 'Installing acutance[$(EXTRAS)] into $(VENV) ...'
	@$(INSTALL) --editable '.[$(EXTRAS)]'
	@touch $@

$(VENV)/.torch: $(CONSTRAINTS) | $(VENV)/.made
	@echo 'Installing PyTorch into $(VENV) (the first time takes minutes) ...'
	@$(INSTALL) $(if $(TORCH_INDEX),--extra-index-url '$(TORCH_INDEX)') torch
	@touch $@

# Some systems ship Python without ensurepip: there the system's own pip brings pip into the
# environment. An environment that is already there and has pip is kept.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo 'Acutance needs Python 3.10 or newer: make PYTHON=/path/to/python3.12 ...'; exit 1; }
	@$(RUN) pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || \
	  { $(PYTHON) -m venv --without-pip $(VENV) && \
	    $(PYTHON) -m pip --python $(VENV)/bin/python install --quiet pip; }
	@touch $@
