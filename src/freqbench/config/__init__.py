"""The configuration of a study: one frozen typed model, read from YAML."""

from freqbench.config.datasets import Dataset
from freqbench.config.load import load_config, parse_config
from freqbench.config.methods import CLASSICAL, CONTROLS, Method
from freqbench.config.model import Config

__all__ = ["CLASSICAL", "CONTROLS", "Config", "Dataset", "Method", "load_config", "parse_config"]
