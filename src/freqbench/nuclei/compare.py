"""Compare methods nucleus by nucleus."""

import pandas as pd

from freqbench.config import Config
from freqbench.gathered import OF_NUCLEI, read_gathered
from freqbench.statistics.compare import compare_methods


def compare_on_nuclei(config: Config, dataset: str) -> pd.DataFrame:
    """Test the differences between methods, on nuclei as in the LFFL paper, and on fields of view.

    One nucleus in one capture is a unit of the analysis ``image``. The captures of a nucleus, and the nuclei of one
    field of view, are not independent: read the analysis ``fov`` too.

    Returns:
        The differences as `freqbench.statistics.compare.compare_methods` returns them; those of whole sets are those
        of crops.

    Raises:
        FreqbenchError: if a tidy file is missing or damaged.
    """
    metrics, sets, without = (read_gathered(config, dataset, kind) for kind in OF_NUCLEI)
    # the comparison pairs what has one name: here that of a nucleus in a patch
    metrics["patch_id"] = metrics["patch_id"] + "/" + metrics["nucleus"].astype(str)
    return compare_methods(metrics, config, sets=sets, without=without)
