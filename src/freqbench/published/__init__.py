"""Numbers that papers print, as data (see the ``source`` column of each file), and their audit."""

from freqbench.published.lffl_table import published_table1

__all__ = ["published_table1"]
