"""The archives that can be fetched, as data: address, size, hash, licence, citation, how each unpacks.

Sources of the sizes and hashes: the FMD record (figshare article 24744648) publishes size and MD5 of its archives;
six are known here. The Broad Institute publishes none for BBBC006: those below were recorded by third parties who
downloaded the files; the sizes of z_13 to z_19, labels and counts agree with the ETags of the server, which hold the
size. No published hash of KADID-10k is known. An archive without a hash is pinned when it is first fetched (see
`freqbench.data.fetching.pins`).
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field

from freqbench.config.datasets import FMD_TYPES
from freqbench.data.fetching.content import Content
from freqbench.data.source import FMD_CITATION, FMD_LICENCE
from freqbench.errors import FreqbenchError

FIGSHARE = "https://ndownloader.figshare.com/files/{id}"
"""figshare.com/ndownloader answers 202 with no bytes; this host serves the file."""
BROAD = "https://data.broadinstitute.org/bbbc/BBBC006/{file}"


@dataclass(frozen=True)
class Collection:
    """What the archives of one publication share.

    Attributes:
        title: name of the collection.
        homepage: page that describes it and states its licence.
        licence: licence of the images, in a few words.
        licence_text: what a user must know of the licence; stored beside the images.
        citation: how to cite it.
    """

    title: str
    homepage: str
    licence: str
    licence_text: str
    citation: str


@dataclass(frozen=True)
class Archive:
    """One archive.

    Attributes:
        name: what `freqbench fetch` calls it, and the folder that it is unpacked to.
        address: where it is downloaded.
        file_name: its file name; the suffix says whether it is a tar, a zip, or a plain file.
        content: size and hashes, as far as they are published.
        collection: licence and citation.
        folder: the archive's own folder that holds the images; it is stripped.
        first_entry: pattern of a name right inside that folder, by which it is recognised.
    """

    name: str
    address: str
    file_name: str
    content: Content
    collection: Collection = field(repr=False)
    folder: str
    first_entry: str

    def unpacked_size(self, size: int) -> int:
        """Return the disk space, in bytes, that the images of an archive of ``size`` bytes take at most.

        A tar holds the PNG files as they are; the zips hold TIFF files that are compressed already, and shrink
        them by 2 to 3 %.
        """
        return size + size // 10 if self.file_name.endswith(".zip") else size


FMD = Collection(
    title="Fluorescence Microscopy Denoising (FMD)",
    homepage="https://doi.org/10.7274/r0-ed2r-4052",
    licence=FMD_LICENCE,
    licence_text=(
        "Creative Commons Attribution-ShareAlike 4.0 International\n"
        "https://creativecommons.org/licenses/by-sa/4.0/\n\n"
        "It covers the images. The MIT licence that is sometimes named for FMD is that of its code."
    ),
    citation=FMD_CITATION,
)
BBBC006 = Collection(
    title="BBBC006v1, out-of-focus U2OS nuclei (Broad Bioimage Benchmark Collection)",
    homepage="https://bbbc.broadinstitute.org/BBBC006",
    licence="CC0 or CC BY 3.0 (reports differ)",
    licence_text=(
        "The licence of BBBC006 is reported inconsistently: as CC0 (rights waived) by some, as CC BY 3.0 by others.\n"
        "Read the page of the image set before passing the images on: https://bbbc.broadinstitute.org/BBBC006\n"
        "Citing the image set satisfies both."
    ),
    citation=(
        "Ljosa, Sokolnicki, Carpenter: Annotated high-throughput microscopy image sets for validation, Nature Methods "
        "2012, doi:10.1038/nmeth.2083 (image set BBBC006v1); Bray, Fraser, Hasaka, Carpenter: Workflow and Metrics for "
        "Image Quality Control in Large-Scale High-Content Screens, Journal of Biomolecular Screening 2012, "
        "doi:10.1177/1087057111420292"
    ),
)
KADID = Collection(
    title="KADID-10k, artificially distorted images with people's opinion of them",
    homepage="https://database.mmsp-kn.de/kadid-10k-database.html",
    licence="to be checked (none known)",
    licence_text=(
        "The licence of KADID-10k has not been checked. The images are reported to be offered to the research\n"
        "community without a formal licence. Read their page before passing them on:\n"
        "https://database.mmsp-kn.de/kadid-10k-database.html"
    ),
    citation=(
        "Lin, Hosu, Saupe: KADID-10k: A Large-scale Artificially Distorted IQA Database, 11th International Conference "
        "on Quality of Multimedia Experience (QoMEX) 2019, doi:10.1109/QoMEX.2019.8743252"
    ),
)

_FIGSHARE_IDS = {
    "Confocal_BPAE_B": 43648062,
    "Confocal_BPAE_G": 43648065,
    "Confocal_BPAE_R": 43648071,
    "Confocal_FISH": 43648074,
    "Confocal_MICE": 43648080,
    "TwoPhoton_BPAE_B": 43648086,
    "TwoPhoton_BPAE_G": 43648089,
    "TwoPhoton_BPAE_R": 43648092,
    "TwoPhoton_MICE": 43648095,
    "WideField_BPAE_B": 43648098,
    "WideField_BPAE_G": 43648113,
    "WideField_BPAE_R": 43648116,
    "test_mix": 43648128,
}
_FMD_CONTENT = {
    "Confocal_FISH": Content(697856000, "1187cccaf456db747e3a1b58512549d0"),
    "Confocal_BPAE_B": Content(589619200, "59fabbba691aa1e72f34a1af73d0a71c"),
    "Confocal_BPAE_G": Content(790200320, "20b796d0c502c33ffe4154f49c6e8bed"),
    "Confocal_BPAE_R": Content(627537920, "3d8b449e7b9284bc1c4c6c66c95526f1"),
    "Confocal_MICE": Content(737976320, "0b27b77206366c86c11eaf9b965d7f76"),
    "WideField_BPAE_R": Content(709232640, "e02b07bc4cfcd19dc911bd9d0c4e65a0"),
}
_KADID_ADDRESS = "https://datasets.vqa.mmsp-kn.de/archives/kadid10k.zip"
_PLANES = range(34)
"""2 um apart; 16 is in focus."""
_PLANE_CONTENT = {
    0: Content(sha256="ca6a7c023fd3258c0175ec74fe4568203fc158c5022b765e07d0b202ab5c19bc"),
    13: Content(845002067),
    14: Content(843305254),
    15: Content(841216608, sha256="bf17883413e4625b942753773db53b8f30b94c8177c978402f0e29e5aef44697"),
    16: Content(838730060, sha256="6e1515d08f6365c075e4ce813d7d1670e620b51d5b87339c7f02d9fa56313d0e"),
    17: Content(836036880),
    18: Content(833257303),
    19: Content(830604933),
}
_LABELS = Content(10099211, sha256="2d3ec4e5a3ec0bb94820c9bcd6f102821862f526df2552ff9065a75b1c5e33ac")
_COUNTS = Content(67379, sha256="7fdc4b496cb6558e266d9f1bbc99cda3568d3fc2856c102a98fae315baf89d88")


def _fmd(kind: str) -> Archive:
    address = FIGSHARE.format(id=_FIGSHARE_IDS[kind])
    return Archive(f"fmd/{kind}", address, f"{kind}.tar", _FMD_CONTENT.get(kind, Content()), FMD, kind, "raw")


def _bbbc006(part: str, file: str, content: Content, first_entry: str) -> Archive:
    folder = file.rsplit(".", 1)[0]
    return Archive(f"bbbc006/{part}", BROAD.format(file=file), file, content, BBBC006, folder, first_entry)


ARCHIVES: dict[str, Archive] = {
    archive.name: archive
    for archive in (
        *(_fmd(kind) for kind in (*FMD_TYPES, "test_mix")),
        *(
            _bbbc006(
                f"z_{z:02d}", f"BBBC006_v1_images_z_{z:02d}.zip", _PLANE_CONTENT.get(z, Content()), "mcf-z-stacks-*"
            )
            for z in _PLANES
        ),
        _bbbc006("labels", "BBBC006_v1_labels.zip", _LABELS, "mcf-z-stacks-*"),
        _bbbc006("counts", "BBBC006_v1_counts.csv", _COUNTS, "*"),
        Archive("kadid10k", _KADID_ADDRESS, "kadid10k.zip", Content(), KADID, "kadid10k", "dmos.csv"),
    )
}
"""Every archive by its name."""

GROUPS: dict[str, tuple[str, ...]] = {
    "fmd": tuple(f"fmd/{kind}" for kind in FMD_TYPES),
    "bbbc006": ("bbbc006/z_16", "bbbc006/z_14", "bbbc006/z_18", "bbbc006/labels", "bbbc006/counts"),
}
"""Names that stand for several archives.

``bbbc006`` is what the deblurring task needs: the plane in focus and one defocused plane on either side of it. The
paper's in-house pairs are defocused by 5 um on either side; planes lie at 4 um (z_14, z_18) and 6 um (z_13, z_19),
equally near. The weaker defocus is taken; all 34 planes would be 28 GB.
"""


def select(names: Iterable[str]) -> list[Archive]:
    """Return the archives of some names or groups, each once, in the order of the names.

    Raises:
        FreqbenchError: if a name is neither an archive nor a group.
    """
    chosen: dict[str, Archive] = {}
    for name in names:
        if name not in ARCHIVES and name not in GROUPS:
            near = difflib.get_close_matches(name, [*ARCHIVES, *GROUPS], n=1)
            hint = f"; did you mean `{near[0]}`?" if near else ""
            raise FreqbenchError(f"{name}: no such data set{hint} (`freqbench fetch --list` names them all)")
        for single in GROUPS.get(name, (name,)):
            chosen[single] = ARCHIVES[single]
    return list(chosen.values())
