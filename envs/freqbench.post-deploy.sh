#!/usr/bin/env bash
# Snakemake runs this in the new conda environment, from the folder that it was called in. Where that is not the
# checkout, FREQBENCH_SOURCE names it.
set -euo pipefail
python -m pip install --no-deps --no-build-isolation "${FREQBENCH_SOURCE:-.}"
