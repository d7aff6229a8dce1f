"""The command fetch: images by name into a folder, or those of a study's data set."""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from freqbench.cli import completion
from freqbench.cli.data import dataset_of
from freqbench.cli.options import DEFAULT_CONFIG, ConfigOption
from freqbench.cli.progress import progress, say
from freqbench.config import load_config
from freqbench.data.fetching.pins import LOCK_FILE
from freqbench.errors import FreqbenchError
from freqbench.layout import Layout
from freqbench.mirror import mirror_folder
from freqbench.offline import OFFLINE_VARIABLE

if TYPE_CHECKING:
    from freqbench.data.fetching.fetch import Fetching

Advance = Callable[[int, int], None]


def fetch(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="What to fetch, such as `fmd/Confocal_FISH`, `fmd` or `bbbc006`.", autocompletion=completion.archives
        ),
    ] = None,
    dataset: Annotated[
        str | None,
        typer.Option(
            "--dataset",
            "-d",
            help="Instead of names: data set of the configuration.",
            autocompletion=completion.datasets,
        ),
    ] = None,
    everything: Annotated[
        bool,
        typer.Option("--all", help="Instead of names: all that the configuration needs, weights of networks included."),
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    to: Annotated[Path | None, typer.Option(help="Folder to fetch to; default: the user's cache folder.")] = None,
    show: Annotated[bool, typer.Option("--list", help="List what there is, with sizes and licences.")] = False,
    keep_archive: Annotated[
        bool, typer.Option("--keep-archive/--no-keep-archive", help="Keep a downloaded archive once it is unpacked.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Hash every file of a set that is there, not only look at size and time.")
    ] = False,
    lock: Annotated[
        Path, typer.Option(help="File of the hashes of archives that publish none; commit it.")
    ] = LOCK_FILE,
) -> None:
    """Find images in the mirror or download and unpack them, and check every file.

    Examples:
        freqbench fetch --list
        freqbench fetch fmd/Confocal_FISH
        freqbench fetch bbbc006 --to images
        freqbench fetch -d fmd_zebrafish -c config/paper.yaml
        freqbench fetch --all -c config/mini.yaml
    """
    if show:
        _list()
        return
    if bool(names) + (dataset is not None) + everything != 1:
        raise FreqbenchError(
            "fetch: name what to fetch, such as `fmd/Confocal_FISH` (`--list` shows all), or a data set of the "
            "configuration with `--dataset`, or take `--all` that the configuration needs; one of them, not both"
        )
    options: dict[str, Any] = {"cache": to, "lock": lock, "every_byte": verify, "say": say}
    if everything:
        _fetch_everything(config, options | {"keep_archive": keep_archive})
    elif dataset is not None:
        _fetch_dataset(dataset, config, options)
    else:
        _fetch_named(names or [], options | {"mirror": mirror_folder(None), "keep_archive": keep_archive})


def _fetch_named(names: list[str], options: dict[str, Any]) -> None:
    from freqbench.data.fetching.catalogue import select
    from freqbench.data.fetching.fetch import fetch_set

    archives = select(names)
    for archive in archives:
        with _Bars(archive.name) as bars:
            folder, was_complete = fetch_set(archive, bars.fetching(options))
        say(f"{archive.name}: {'complete already' if was_complete else 'fetched'}, {folder}")
    for collection in dict.fromkeys(archive.collection for archive in archives):
        say(f"{collection.title}\nlicence: {collection.licence_text}\nplease cite: {collection.citation}")


def _fetch_dataset(dataset: str, config: Path, options: dict[str, Any]) -> None:
    from freqbench.data.fetching.fetch import fetch_fmd
    from freqbench.data.readers.local_folders import record_folder

    settings = load_config(config)
    data, layout = dataset_of(settings, dataset), Layout.of(settings)
    if data.source.kind == "phantom":
        raise FreqbenchError(f"datasets.{dataset}.source: is of kind `{data.source.kind}`; use `freqbench simulate`")
    options["mirror"] = mirror_folder(settings.mirror)
    with _Bars(dataset) as bars:
        hashing = bars.bar("check", in_bytes=False)
        if data.source.kind == "fmd":
            images = layout.images(dataset)
            record = fetch_fmd(data.source, data.level, images, bars.fetching(options), advance=hashing)
        else:
            record = record_folder(data.source, options["mirror"], hashing)
    record.write(layout.source(dataset))
    say(f"{record.description}: {len(record.files)} images\nlicence: {record.licence}\nplease cite: {record.citation}")


def _fetch_everything(config: Path, options: dict[str, Any]) -> None:
    from freqbench.data.fetching.everything import bring_everything

    missing = 0
    with _Bars("images") as bars:
        for need in bring_everything(load_config(config), bars.fetching(options)):
            sys.stdout.write(f"{need.state:<8} {need.kind:<8} {need.name}: {need.words}\n")
            sys.stdout.flush()
            missing += need.state == "missing"
    if missing:
        are = "thing is" if missing == 1 else "things are"
        raise FreqbenchError(f"{config}: {missing} {are} missing; each line above says how to bring it")
    say(f"{config}: everything is here; {OFFLINE_VARIABLE}=1 then forbids every further download")


class _Bars:
    """One bar after the other: each begins when its work does and ends with the next."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._open = ExitStack()
        self._work = ""
        self._advance: Advance | None = None

    def __enter__(self) -> "_Bars":
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def bar(self, work: str, *, in_bytes: bool = True) -> Advance:
        """Return the function that moves the bar of a kind of work."""

        def advance(done: int, total: int) -> None:
            if self._advance is None or self._work != work:
                self._open.close()
                self._work = work
                self._advance = self._open.enter_context(progress(f"{work} {self._title}", in_bytes=in_bytes))
            self._advance(done, total)

        return advance

    def fetching(self, options: dict[str, Any]) -> "Fetching":
        """Return how to fetch, shown by the bars."""
        from freqbench.data.fetching.fetch import Fetching

        return Fetching(downloading=self.bar("download"), unpacking=self.bar("unpack"), **options)


def _list() -> None:
    from freqbench.data.fetching.catalogue import ARCHIVES, GROUPS
    from freqbench.data.fetching.disk import in_units

    rows = [("name", "size", "hash", "licence")]
    for archive in ARCHIVES.values():
        size = in_units(archive.content.size) if archive.content.size is not None else "unknown"
        hashed = "sha256" if archive.content.sha256 else "md5" if archive.content.md5 else "pinned on first use"
        rows.append((archive.name, size, hashed, archive.collection.licence))
    rows += [(name, "", "", "= " + ", ".join(members)) for name, members in GROUPS.items()]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        line = "  ".join(text.ljust(width) for text, width in zip(row, [*widths, 0], strict=True))
        sys.stdout.write(line.rstrip() + "\n")
