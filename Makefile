# Every target sets up what it needs: a fresh machine has to have Python >= 3.11 and make, no more.
.DEFAULT_GOAL := help
SHELL := /bin/bash

PYTHON ?= python3
CORES ?= 2
BIN := .venv/bin
# the steps of the workflow are commands of this environment
export PATH := $(CURDIR)/$(BIN):$(PATH)
STAMP := .venv/.freqbench-installed
SNAKEMAKE := $(BIN)/snakemake --cores $(CORES)

$(STAMP): envs/bootstrap.lock envs/requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "freqbench needs Python 3.11 or later: make setup PYTHON=python3.12" >&2; exit 2; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r envs/bootstrap.lock
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode envs/requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: help setup smoke mini reproduce test test-fast test-slurm lint format lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## (.*)/  \1|\2/' | column -t -s '|'

setup: $(STAMP) ## build .venv from the hashed lock file

smoke: $(STAMP) ## the whole workflow on the embedded phantom: no download, CPU, five to ten minutes
	$(SNAKEMAKE) --configfile config/smoke.yaml

mini: $(STAMP) ## real FMD images from the folder FREQBENCH_MIRROR: CPU, one to two hours
	$(SNAKEMAKE) --configfile config/mini.yaml

reproduce: $(STAMP) ## the paper's protocol on the full zebrafish set: downloads 0.7 GB, needs a GPU
	$(SNAKEMAKE) --configfile config/paper.yaml

test: $(STAMP) ## all tests
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

test-fast: $(STAMP) ## the tests that take seconds
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile -m "not slow"

# the tests marked slurm are part of `make test` where Slurm is installed, all but those that take minutes each
test-slurm: $(STAMP) ## a real Slurm on this machine, installed where that is allowed: smoke on it, trainings that lose their job
	tests/workflow/slurm/install.sh
	FREQBENCH_TEST_SLURM_LONG=1 $(BIN)/python -m pytest -m slurm tests/workflow/slurm

lint: $(STAMP) ## ruff, snakefmt, snakemake --lint, mypy, numbers of README and docs against their files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint
	$(BIN)/mypy
	$(BIN)/freqbench readme --check

format: $(STAMP) ## let the formatters rewrite the sources
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow

lock: $(STAMP) ## resolve the dependencies anew into envs/*.lock and the conda environment
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	    --no-emit-index-url --no-emit-find-links \
	    --constraint envs/constraints.txt --override envs/overrides.txt \
	    --extra workflow --extra dev --extra cellpose --extra export pyproject.toml --output-file envs/requirements.lock
	@awk '/^[^ ]/ { keep = /^uv==/ } keep' envs/requirements.lock > envs/bootstrap.lock
	@$(BIN)/python envs/conda_file.py

clean: ## delete the environment and all results of the default configuration
	rm -rf .venv .snakemake results/smoke
