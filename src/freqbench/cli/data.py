"""Commands on data: phantom, simulate, fetch, index, similarity, split, audit, patches."""

from pathlib import Path
from typing import Annotated

import typer

from freqbench.cli.options import DEFAULT_CONFIG, ConfigOption, DatasetOption, SplitOption
from freqbench.cli.progress import progress, say
from freqbench.config import Config, Dataset, load_config
from freqbench.errors import FreqbenchError
from freqbench.layout import Layout
from freqbench.run import check_split


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    from freqbench.cli.fetching import fetch

    for command in (phantom, simulate, fetch, index, similarity, split, audit, patches):
        app.command(rich_help_panel="Data")(command)


def dataset_of(config: Config, name: str, split: int = 1) -> Dataset:
    """Return the configuration of a data set.

    Args:
        config: the study.
        name: of the data set.
        split: number of a split that the data set must have.

    Raises:
        FreqbenchError: if there is none of this name, or no such split.
    """
    if name not in config.datasets:
        raise FreqbenchError(f"data set {name}: not in the configuration; there are {', '.join(config.datasets)}")
    check_split(config, name, split)
    return config.datasets[name]


def phantom(
    folder: Annotated[Path, typer.Argument(help="Folder to write; a phantom that is there already is replaced.")],
    specimen: Annotated[
        str, typer.Option(help="`tissue` (membrane label) or `nuclei` (sharp and defocused).")
    ] = "tissue",
    specimens: Annotated[int, typer.Option(help="Specimens that the fields of view come from.")] = 20,
    fovs: Annotated[int, typer.Option(help="Fields of view.")] = 20,
    captures: Annotated[int, typer.Option(help="Captures of each field of view, 1 to 50.")] = 50,
    size: Annotated[int, typer.Option(help="Width and height in pixels.")] = 512,
    seed: Annotated[int, typer.Option(help="Seed; the same seed gives the same images.")] = 0,
) -> None:
    """Simulate images in FMD's folder layout without a configuration. Defaults: FMD's full size.

    Examples:
        freqbench phantom phantoms/tissue
        freqbench phantom phantoms/nuclei --specimen nuclei --fovs 3 --specimens 3 --captures 2 --size 128
    """
    from freqbench.data.phantom import PhantomSpec
    from freqbench.data.phantom import simulate as simulate_phantom

    spec = PhantomSpec(specimen, specimens, fovs, captures, size, seed)  # type: ignore[arg-type]
    with progress(f"simulate {specimen}") as advance:
        simulate_phantom(spec, folder, advance)
    say(f"{folder}: {fovs} fields of view of {specimens} specimens, {captures} captures each")


def simulate(dataset: DatasetOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Simulate a phantom data set in FMD's folder layout, the same from the same seed.

    Examples:
        freqbench simulate -d phantom_tissue
    """
    from freqbench.data.phantom import PhantomSpec
    from freqbench.data.phantom import simulate as simulate_phantom
    from freqbench.data.source import SourceRecord, hash_images

    settings = load_config(config)
    data, layout = dataset_of(settings, dataset), Layout.of(settings)
    if data.source.kind != "phantom":
        raise FreqbenchError(f"datasets.{dataset}.source: is of kind `{data.source.kind}`; use `freqbench fetch`")
    folder = layout.images(dataset)
    with progress(f"simulate {dataset}") as advance:
        simulate_phantom(PhantomSpec(**data.source.model_dump(exclude={"kind"})), folder, advance)
    files = hash_images(folder, (data.level, "gt"))
    SourceRecord(
        folder.resolve(),
        "phantom",
        f"simulated {data.source.specimen}, {data.level}",
        "MIT (made by freqbench)",
        "freqbench phantom, seed " + str(data.source.seed),
        files,
    ).write(layout.source(dataset))
    say(f"{folder}: {len(files)} images of {data.source.fovs} fields of view")


def index(dataset: DatasetOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """List and check every image pair: images.csv, and exclusions.csv for what is left out.

    Examples:
        freqbench index -d phantom_tissue
        freqbench index -d fmd_zebrafish -c config/paper.yaml
    """
    from freqbench.data.exclusions import Exclusions
    from freqbench.data.index import index_images, write_index
    from freqbench.data.readers.dispatch import read_pairing
    from freqbench.data.source import SourceRecord

    settings = load_config(config)
    data, layout = dataset_of(settings, dataset), Layout.of(settings)
    record = SourceRecord.read(layout.source(dataset))
    pairing, exclusions = read_pairing(record, data), Exclusions(record.root, data.on_bad_image)
    with progress(f"index {dataset}") as advance:
        table = index_images(record, dataset, pairing, exclusions, advance)
    exclusions.write(layout.exclusions(dataset))
    write_index(table, layout.index(dataset))
    what = "image pairs" if table["clean"].all() else "images without clean images (for restoring only)"
    grouped = (table["group"] != table["fov"]).any()
    groups = f" ({pairing.hierarchy[0]}s: {table['group'].nunique()})" if grouped else ""
    say(f"{len(table)} {what} of {table['fov'].nunique()} fields of view{groups}")
    if exclusions.reasons:
        say(f"excluded files: {len(exclusions.reasons)}, listed with the reason in {layout.exclusions(dataset)}")


def similarity(dataset: DatasetOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Compare all fields of view with each other: similarity.json.

    Examples:
        freqbench similarity -d phantom_tissue
    """
    from freqbench.data.index import check_has_clean_images, read_index
    from freqbench.data.leakage.similarity import measure_similarity
    from freqbench.data.source import SourceRecord
    from freqbench.data.split import needs_similarity

    settings = load_config(config)
    data, layout = dataset_of(settings, dataset), Layout.of(settings)
    table, record = read_index(layout.index(dataset)), SourceRecord.read(layout.source(dataset))
    check_has_clean_images(table)
    with progress(f"compare fields of {dataset}") as advance:
        found = measure_similarity(
            table,
            record,
            data.audit,
            needed=needs_similarity(data.split),
            advance=advance,
        )
    found.write(layout.similarity(dataset))
    related = sum(finding.kind in ("related", "same area") for finding in found.findings)
    say(f"{len(found.findings)} pairs of fields of view compared, {related} of them related")


def split(dataset: DatasetOption, split: SplitOption = 1, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Put each field of view on a side, train or test: split.csv.

    Examples:
        freqbench split -d phantom_tissue
        freqbench split -d phantom_tissue --split 2 -c study.yaml
    """
    from freqbench.data.index import check_has_clean_images, read_index
    from freqbench.data.leakage.similarity import Similarity
    from freqbench.data.split import needs_similarity, split_fields, tested_alone, write_split

    settings = load_config(config)
    data, layout = dataset_of(settings, dataset, split), Layout.of(settings)
    table = read_index(layout.index(dataset))
    check_has_clean_images(table)
    known = Similarity.read(layout.similarity(dataset)) if needs_similarity(data.split) else None
    sides = split_fields(table, data.split, known, split)
    if data.trained_on is not None:
        sides = tested_alone(sides)
    write_split(sides, layout.split(dataset, split))
    unused = [fov for fov, chosen in sides.items() if chosen == "unused"]
    if unused:
        say(f"{len(unused)} unused: " + ", ".join(unused))
    for side in ("train", "test"):
        say(f"{side}: " + ", ".join(fov for fov, chosen in sides.items() if chosen == side))


def audit(dataset: DatasetOption, split: SplitOption = 1, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Look for pixels and places that train and test share: audit.json. A hard leak is an error.

    Of a data set that is `trained_on` another, the test fields of view are compared with the other's train fields.

    Examples:
        freqbench audit -d phantom_tissue
    """
    from freqbench.data.index import check_has_clean_images, read_index
    from freqbench.data.leakage.across_sets import BETWEEN, JoinedSources, SideOfSet, join, shows_same_specimens
    from freqbench.data.leakage.audit import audit_split
    from freqbench.data.leakage.masks import write_masks
    from freqbench.data.leakage.similarity import Similarity
    from freqbench.data.source import SourceRecord
    from freqbench.data.split import read_split
    from freqbench.files import write_json

    settings = load_config(config)
    data, layout = dataset_of(settings, dataset, split), Layout.of(settings)
    used: dict[str, SideOfSet] = {}
    for name, side in ((settings.training_set_of(dataset), "train"), (dataset, "test")):
        table, record = read_index(layout.index(name)), SourceRecord.read(layout.source(name))
        check_has_clean_images(table)
        used[name] = SideOfSet(name, side, table, read_split(layout.split(name, split)), record)
    tested = used[dataset]
    index, sides = tested.index, tested.sides
    sources: SourceRecord | JoinedSources = tested.record
    if data.trained_on is not None:
        same = shows_same_specimens(settings.datasets[data.trained_on], data)
        index, sides, sources = join(used.values(), same_specimens=same)
    with progress(f"audit {dataset}") as advance:
        report = audit_split(
            index,
            sides,
            sources,
            data.audit,
            mask_shared_area=data.split.shared_area == "mask",
            any_size=data.trained_on is not None,
            known=Similarity.read(layout.similarity(dataset)) if data.trained_on is None else None,
            advance=advance,
        )
    leaking = report.verdict == "leaking" and data.split.shared_area != "as_paper"
    related = report.verdict == "related" and data.audit.on_specimen_leak == "fail"
    if leaking or related:
        # under another name: a step that fails must not leave its declared output
        rejected = layout.audit(dataset, split).with_name("audit_rejected.json")
        write_json(rejected, report.as_json())
        which = f"split {split}" if data.split.repeats > 1 else "the split"
        raise FreqbenchError(
            f"datasets.{dataset}: {which} leaks: {report.summary()}. Choose another split, or set "
            f"`split.shared_area: mask` to test on the unshared area only, `exclude` to leave such train fields out, "
            f"`split.rule: groups` to keep related fields on one side, or `as_paper` "
            f"(`audit.on_specimen_leak: warn`) to go on with a warning in every table; measurements: {rejected}"
        )
    usable = {fov.removeprefix(f"{dataset}{BETWEEN}"): mask for fov, mask in report.usable.items()}
    write_masks(usable, layout.mask(dataset, split))
    write_json(layout.audit(dataset, split), report.as_json())
    say(f"verdict: {report.verdict} ({report.summary()})")


def patches(dataset: DatasetOption, split: SplitOption = 1, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Cut the regions of interest and store them: patches.csv, noisy.npy, clean.npy.

    Examples:
        freqbench patches -d phantom_tissue
    """
    from freqbench.data.index import check_has_clean_images, read_index
    from freqbench.data.leakage.masks import read_masks
    from freqbench.data.patches import cut_patches, write_patches
    from freqbench.data.source import SourceRecord
    from freqbench.data.split import read_split

    settings = load_config(config)
    data, layout = dataset_of(settings, dataset, split), Layout.of(settings)
    table, record = read_index(layout.index(dataset)), SourceRecord.read(layout.source(dataset))
    check_has_clean_images(table)
    usable = read_masks(layout.mask(dataset, split))
    with progress(f"patches {dataset}") as advance:
        cut = cut_patches(
            table,
            read_split(layout.split(dataset, split)),
            usable,
            record.root,
            data.patches,
            scale=record.scale,
            noise=data.noise,
            needed=("train", "test") if data.trained_on is None else ("test",),
            advance=advance,
        )
    write_patches(cut, layout, dataset, split)
    counts = cut.table["split"].value_counts()
    size = "x".join(str(length) for length in cut.clean.shape[1:])
    say(f"{counts.get('train', 0)} train and {counts['test']} test patches of {size} pixels")
