"""One reader for each kind of source: which of its files are pairs."""

from freqbench.config.datasets import Dataset
from freqbench.config.local_sources import BBBC006Source, FolderSource
from freqbench.data.readers.bbbc006 import pair_planes
from freqbench.data.readers.fmd_layout import pair_fmd_layout
from freqbench.data.readers.folder_pairs import pair_folder
from freqbench.data.readers.pairing import Pairing
from freqbench.data.source import SourceRecord


def read_pairing(record: SourceRecord, data: Dataset) -> Pairing:
    """Pair the recorded images of a data set.

    Args:
        record: what was fetched or simulated.
        data: configuration of the data set.

    Raises:
        FreqbenchError: if there are none, or patterns or a CSV file cannot be followed.
    """
    if isinstance(data.source, FolderSource):
        return pair_folder(record, data.source)
    if isinstance(data.source, BBBC006Source):
        return pair_planes(record, data.source)
    return pair_fmd_layout(record, data.level, data.source.captures)
