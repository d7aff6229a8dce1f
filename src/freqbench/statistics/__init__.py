"""Statistics: which differences between methods are real."""

from freqbench.statistics.bootstrap import cluster_bootstrap
from freqbench.statistics.holm import holm
from freqbench.statistics.paired import PairedResult, paired_comparison

__all__ = ["PairedResult", "cluster_bootstrap", "holm", "paired_comparison"]
