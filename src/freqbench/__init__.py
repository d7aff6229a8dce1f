"""freqbench: do frequency-domain losses restore fluorescence images better than spatial losses?"""

__version__ = "0.1.0"
