"""The licence of a generator: that of the images that it was trained on."""

from freqbench.data.source import FMD_LICENCE
from freqbench.trained.facts import Facts

SPDX = {FMD_LICENCE: "CC-BY-SA-4.0", "CC BY 4.0": "CC-BY-4.0", "CC BY 3.0": "CC-BY-3.0", "CC0": "CC0-1.0"}
"""SPDX identifiers of licences as data sets name them."""


def spdx_of(facts: Facts | None) -> str | None:
    """Return the SPDX identifier of the licence under which a generator can be passed on, None if none is known.

    Whether weights are an adaptation of the images is not settled. To pass them on under the images' own licence
    satisfies share-alike either way. Simulated images are under this package's own.
    """
    if facts is None or facts.data is None:
        return None
    licence = facts.data.licence
    if licence.startswith("MIT"):
        return "MIT"
    return SPDX.get(licence, licence if licence in SPDX.values() else None)
